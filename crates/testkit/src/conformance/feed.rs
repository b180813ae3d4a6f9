//! `FeedRepo`: the feed of changes.

use bailiwick_app::audit::Entry;
use bailiwick_app::feed::{
    FeedBatch, FeedClaim, FeedClaimRequest, FeedEntry, FeedProgress, FeedStart, ReaderName,
};
use bailiwick_kernel::{FeedClaimId, OrgId};

use super::audit::{append, new_entry};
use super::world::World;

pub const CLAIM_SECONDS: i64 = 60;

pub fn reader(name: &str) -> ReaderName {
    ReaderName::parse(name).unwrap()
}

pub fn some_org(world: &World) -> OrgId {
    OrgId::generate(&*world.ids, world.now)
}

pub async fn register(world: &World, name: &str, start: FeedStart) {
    transaction!(world, |tx| tx.feed().register(&reader(name), start, world.now).await).unwrap();
}

pub fn request(world: &World, name: &str, limit: usize) -> FeedClaimRequest {
    FeedClaimRequest {
        reader: reader(name),
        id: FeedClaimId::generate(&*world.ids, world.now),
        now: world.now,
        until: world.after(CLAIM_SECONDS),
        latest: world.after(2 * CLAIM_SECONDS),
        limit,
    }
}

pub async fn claim(world: &World, request: &FeedClaimRequest) -> Option<FeedBatch> {
    transaction!(world, |tx| tx.feed().claim(request).await).unwrap()
}

pub async fn record(world: &World, claim: &FeedClaim, position: u64, failures: u32) -> bool {
    let progress = FeedProgress { position, failures, until: world.now };
    transaction!(world, |tx| tx.feed().record(claim, &progress).await).unwrap()
}

/// Reads all that a reader has not read, in batches of this size.
pub async fn read_all(world: &World, name: &str, limit: usize) -> Vec<FeedEntry> {
    let mut read = Vec::new();
    while let Some(batch) = claim(world, &request(world, name, limit)).await {
        assert!(batch.entries.len() <= limit);
        assert!(record(world, &batch.claim, batch.end, 0).await);
        read.extend(batch.entries);
    }
    read
}

fn entries_of(read: &[FeedEntry], org: OrgId) -> Vec<Entry> {
    let mut last = 0;
    let of_org = read.iter().filter(|read| read.entry.org == Some(org));
    let check = |read: &FeedEntry| {
        assert!(read.position > last, "positions of an organization increase");
        last = read.position;
        read.entry.clone()
    };
    of_org.map(check).collect()
}

pub async fn rows_are_read_in_the_order_of_their_commits(world: World) {
    register(&world, "crm", FeedStart::Beginning).await;
    let (org, other) = (some_org(&world), some_org(&world));
    // The order of the ids is not that of the commits.
    let mut rows: Vec<_> = (0..6).map(|_| new_entry(&world, Some(org))).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let (of_other, of_account) = (new_entry(&world, Some(other)), new_entry(&world, None));
    for row in [&of_other, &of_account].into_iter().chain(&rows[..4]) {
        append(&world, std::slice::from_ref(row)).await;
    }
    append(&world, &rows[4..]).await;
    let read = read_all(&world, "crm", 100).await;
    assert_eq!(read.len(), 8);
    assert_eq!(entries_of(&read, org), rows);
    assert_eq!(entries_of(&read, other), [of_other]);
    assert!(read.iter().any(|read| read.entry == of_account));
    assert_eq!(read_all(&world, "crm", 100).await, []);
}

pub async fn a_row_that_is_rolled_back_is_not_in_the_feed(world: World) {
    register(&world, "crm", FeedStart::Beginning).await;
    let mut tx = world.begin().await;
    tx.audit().append(&[new_entry(&world, None)]).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(read_all(&world, "crm", 100).await, []);
}

pub async fn a_new_reader_begins_at_the_newest_row_or_the_oldest(world: World) {
    let (old, new) = (new_entry(&world, None), new_entry(&world, None));
    append(&world, std::slice::from_ref(&old)).await;
    register(&world, "from-now", FeedStart::Now).await;
    register(&world, "all", FeedStart::Beginning).await;
    append(&world, std::slice::from_ref(&new)).await;
    let entries = |read: Vec<FeedEntry>| read.into_iter().map(|read| read.entry).collect::<Vec<_>>();
    assert_eq!(entries(read_all(&world, "from-now", 100).await), std::slice::from_ref(&new));
    let mut all = entries(read_all(&world, "all", 100).await);
    all.sort_by_key(|entry| entry.id);
    let mut expected = [old, new];
    expected.sort_by_key(|entry| entry.id);
    assert_eq!(all, expected);
}

pub async fn a_known_reader_keeps_its_place_when_it_is_registered_again(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    register(&world, "crm", FeedStart::Now).await;
    assert_eq!(read_all(&world, "crm", 100).await.len(), 1);
    register(&world, "crm", FeedStart::Beginning).await;
    assert_eq!(read_all(&world, "crm", 100).await, []);
}

pub async fn a_claimed_partition_is_given_to_nobody_else_until_its_end(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    let first = claim(&world, &request(&world, "crm", 1)).await.unwrap();
    assert_eq!(claim(&world, &request(&world, "crm", 1)).await, None);
    let too_early = FeedClaimRequest { now: world.after(CLAIM_SECONDS - 1), ..request(&world, "crm", 1) };
    assert_eq!(claim(&world, &too_early).await, None);
    let at_its_end = FeedClaimRequest { now: world.after(CLAIM_SECONDS), ..too_early };
    assert_eq!(claim(&world, &at_its_end).await.unwrap().entries, first.entries);
}

pub async fn a_claim_that_a_wrong_clock_made_ends(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    let ahead = FeedClaimRequest { until: world.after(3600), ..request(&world, "crm", 1) };
    assert!(claim(&world, &ahead).await.is_some());
    assert!(claim(&world, &request(&world, "crm", 1)).await.is_some());
}

pub async fn a_lost_claim_records_nothing(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    let lost = claim(&world, &request(&world, "crm", 1)).await.unwrap();
    let later = FeedClaimRequest { now: world.after(CLAIM_SECONDS), ..request(&world, "crm", 1) };
    let held = claim(&world, &later).await.unwrap();
    assert!(!record(&world, &lost.claim, lost.end, 0).await);
    assert!(record(&world, &held.claim, held.after, 0).await);
    assert_eq!(read_all(&world, "crm", 1).await, held.entries);
}

pub async fn failures_are_counted_until_a_row_is_read(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    let batch = claim(&world, &request(&world, "crm", 1)).await.unwrap();
    assert_eq!(batch.failures, 0);
    assert!(record(&world, &batch.claim, batch.after, 7).await);
    let again = claim(&world, &request(&world, "crm", 1)).await.unwrap();
    assert_eq!((again.failures, again.after, &again.entries), (7, batch.after, &batch.entries));
}

pub async fn readers_have_places_of_their_own(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    register(&world, "billing", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    let claimed = claim(&world, &request(&world, "crm", 1)).await.unwrap();
    assert_eq!(read_all(&world, "billing", 1).await, claimed.entries);
    assert!(record(&world, &claimed.claim, claimed.after, 0).await);
    assert_eq!(read_all(&world, "crm", 1).await, claimed.entries);
}

pub async fn a_batch_has_a_limit_and_leaves_nothing_out(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    let org = some_org(&world);
    let rows: Vec<_> = (0..7).map(|_| new_entry(&world, Some(org))).collect();
    append(&world, &rows).await;
    for (name, limit) in [("one", 1), ("three", 3), ("seven", 7)] {
        register(&world, name, FeedStart::Beginning).await;
        assert_eq!(entries_of(&read_all(&world, name, limit).await, org), rows, "{limit}");
    }
}

pub async fn a_forgotten_reader_gets_nothing(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    append(&world, &[new_entry(&world, None)]).await;
    transaction!(world, |tx| tx.feed().forget(&reader("crm")).await).unwrap();
    assert_eq!(claim(&world, &request(&world, "crm", 1)).await, None);
    transaction!(world, |tx| tx.feed().forget(&reader("crm")).await).unwrap();
    assert_eq!(claim(&world, &request(&world, "unknown", 1)).await, None);
}
