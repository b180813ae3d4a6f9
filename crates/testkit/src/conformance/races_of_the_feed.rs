//! Writers and readers of the feed at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_app::feed::{FeedEntry, FeedStart};
use bailiwick_kernel::{AuditId, OrgId};

use super::audit::{append, new_entry};
use super::feed::{claim, read_all, record, register, request, some_org};
use super::races::at_once;
use super::world::World;

const WRITERS: usize = 4;
const ROWS: usize = 10;

/// Adds rows of an organization and of another one, so that writers meet in partitions, and returns the ids
/// of the first in the order of the commits.
async fn write(world: World, org: OrgId, shared: OrgId, writing: Arc<AtomicUsize>) -> Vec<AuditId> {
    let mut ids = Vec::new();
    for _ in 0..ROWS {
        let row = new_entry(&world, Some(org));
        append(&world, &[row.clone(), new_entry(&world, Some(shared))]).await;
        ids.push(row.id);
    }
    writing.fetch_sub(1, Ordering::SeqCst);
    ids
}

/// Reads until nobody writes and nothing is left.
async fn read(world: World, name: &str, writing: Arc<AtomicUsize>) -> Vec<FeedEntry> {
    let mut read = Vec::new();
    loop {
        let is_last = writing.load(Ordering::SeqCst) == 0;
        read.extend(read_all(&world, name, 3).await);
        if is_last {
            return read;
        }
        tokio::task::yield_now().await;
    }
}

pub async fn no_row_is_passed_while_it_is_written(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    for _ in 0..world.rounds.div_ceil(10) {
        let writing = Arc::new(AtomicUsize::new(WRITERS));
        let shared = some_org(&world);
        let orgs: Vec<_> = (0..WRITERS).map(|_| some_org(&world)).collect();
        let writers = orgs.iter().map(|org| write(world.clone(), *org, shared, writing.clone())).collect();
        let reader = tokio::spawn(read(world.clone(), "crm", writing));
        let written = at_once(writers).await;
        let mut by_org = BTreeMap::<_, Vec<_>>::new();
        for row in reader.await.unwrap() {
            by_org.entry(row.entry.org).or_default().push(row.entry.id);
        }
        for (org, ids) in orgs.into_iter().zip(written) {
            assert_eq!(by_org.remove(&Some(org)), Some(ids));
        }
        assert_eq!(by_org.remove(&Some(shared)).map(|ids| ids.len()), Some(WRITERS * ROWS));
    }
}

/// Reads like one of several nodes.
async fn share(world: World) -> Vec<AuditId> {
    let mut ids = Vec::new();
    while let Some(batch) = claim(&world, &request(&world, "crm", 3)).await {
        assert!(record(&world, &batch.claim, batch.end, 0).await);
        ids.extend(batch.entries.into_iter().map(|row| row.entry.id));
    }
    ids
}

pub async fn each_row_is_given_to_one_of_many_nodes(world: World) {
    register(&world, "crm", FeedStart::Now).await;
    for _ in 0..world.rounds.div_ceil(10) {
        let mut expected = Vec::new();
        for _ in 0..20 {
            let row = new_entry(&world, Some(some_org(&world)));
            append(&world, std::slice::from_ref(&row)).await;
            expected.push(row.id);
        }
        let mut ids = at_once((0..8).map(|_| share(world.clone())).collect()).await.concat();
        // A node that finds all partitions claimed ends early, so the rest is read here.
        ids.extend(share(world.clone()).await);
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected);
    }
}
