//! Times that decide, to the microsecond.

use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_app::feed::{FeedClaimRequest, FeedProgress, FeedStart};
use bailiwick_app::platform::MailFilter;
use bailiwick_app::{
    Delivery, Error, InvitationFilter, LatestDue, MailClaim, MemberFilter, OutgoingMail, RetentionCutoffs,
};
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{Lock, PageRequest, Timestamp, TokenHash, TokenKind};
use bailiwick_orgs::Membership;
use bailiwick_roles::SystemRole;
use bailiwick_users::{Attempts, NewSecret};
use time::Duration;

use super::attempts::pair;
use super::audit::{append, listed, new_entry};
use super::feed::{claim, register, request, some_org};
use super::outbox::{enqueue, new_mail};
use super::world::World;
use crate::mail_claim;

/// Returns the time so many microseconds after [`World::now`], which is not a whole millisecond with 1 added.
fn micros(world: &World, number: i64) -> Timestamp {
    world.now + Duration::microseconds(number)
}

pub async fn retention_deletes_what_is_due_and_nothing_later(world: World) {
    let user = world.user().await.id;
    let mut secrets = Vec::new();
    for (kind, expiry) in [(TokenKind::PasswordReset, 0), (TokenKind::EmailChange, 1)] {
        let (hash, expires_at) = (world.token(), micros(&world, expiry));
        let secret = NewSecret { kind, user, hash, created_at: world.now, expires_at, address: None };
        transaction!(world, |tx| tx.secrets().issue(&secret).await).unwrap();
        secrets.push((kind, hash));
    }
    let mails = [new_mail(&world, world.now), new_mail(&world, world.now)];
    for (mail, sent) in mails.iter().zip([-1, 0]) {
        enqueue(&world, mail).await;
        deliver(&world, mail, Delivery::Sent(micros(&world, sent))).await;
    }
    let cutoffs =
        RetentionCutoffs { sessions_before: world.now, secrets_at: world.now, mail_before: world.now };
    for _ in 0..100 {
        if world.store.apply_retention(&cutoffs).await.unwrap() == 0 {
            break;
        }
    }
    let is_stored = async |(kind, hash): (TokenKind, TokenHash)| {
        read!(world, |tx| tx.secrets().find(kind, &hash, world.after(-1)).await).is_some()
    };
    assert_eq!([is_stored(secrets[0]).await, is_stored(secrets[1]).await], [false, true]);
    let left =
        read!(world, |tx| tx.platform().list_mail(&MailFilter::default(), PageRequest::default()).await);
    assert_eq!(left.items.iter().map(|mail| mail.id).collect::<Vec<_>>(), [mails[1].id]);
}

pub async fn retention_cutoffs_are_no_whole_milliseconds(world: World) {
    let mail = new_mail(&world, world.now);
    enqueue(&world, &mail).await;
    deliver(&world, &mail, Delivery::Sent(micros(&world, 1))).await;
    let cutoff = micros(&world, 2);
    let cutoffs = RetentionCutoffs { sessions_before: cutoff, secrets_at: cutoff, mail_before: cutoff };
    assert_eq!(world.store.apply_retention(&cutoffs).await, Ok(1));
}

async fn deliver(world: &World, mail: &OutgoingMail, outcome: Delivery) {
    transaction!(world, |tx| tx.outbox().record_delivery(mail, &outcome).await).unwrap();
}

pub async fn rows_of_the_audit_trail_are_filtered_from_a_time_and_before_another(world: World) {
    let at = [-1, 0, 1, 2].map(|number| micros(&world, number));
    let rows = at.map(|at| Entry { at, ..new_entry(&world, None) });
    append(&world, &rows).await;
    let none = AuditFilter::default();
    for (from, to, expected) in [
        (Some(0), None, &[1, 2, 3][..]),
        (Some(1), None, &[2, 3]),
        (None, Some(0), &[0]),
        (None, Some(1), &[0, 1]),
        (None, Some(2), &[0, 1, 2]),
        (Some(0), Some(1), &[1]),
        (Some(0), Some(0), &[]),
        (None, None, &[0, 1, 2, 3]),
    ] {
        let time = |number: Option<i64>| number.map(|number| micros(&world, number));
        let filter = AuditFilter { from: time(from), to: time(to), ..none.clone() };
        let mut found: Vec<_> = listed(&world, None, &filter).await.iter().map(|row| row.at).collect();
        found.sort_unstable();
        assert_eq!(found, expected.iter().map(|n: &usize| at[*n]).collect::<Vec<_>>(), "{filter:?}");
    }
}

pub async fn an_invitation_is_listed_as_pending_until_its_expiry(world: World) {
    let org = world.org().await;
    let expires_at = micros(&world, 2);
    let invitation = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
    let (invitation, _) = world.store_invitation(Invitation { expires_at, ..invitation }).await;
    let guest = world.user().await;
    let role = org.role(SystemRole::Guest);
    let membership = Membership::invited(org.id, guest.id, role, expires_at, world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&membership).await).unwrap();
    for (number, expected) in [(1, InvitationStatus::Pending), (2, InvitationStatus::Expired)] {
        let now = micros(&world, number);
        for status in [Some(expected), None] {
            let filter = InvitationFilter { status, ..InvitationFilter::default() };
            let found = read!(world, |tx| tx.directory().list_invitations(&filter, now, None).await).items;
            let found: Vec<_> = found.iter().map(|record| (record.invitation.id, record.status)).collect();
            assert_eq!(found, [(invitation.id, expected)], "{filter:?}");
        }
        let page = PageRequest::default();
        let filter = MemberFilter::default();
        let members = read!(world, |tx| tx.directory().list_members(org.id, &filter, now, page).await).items;
        let is_listed = members.iter().any(|member| member.user.id == guest.id);
        assert_eq!(is_listed, expected == InvitationStatus::Pending);
    }
}

pub async fn attempts_are_stale_before_the_cutoff_and_not_at_it(world: World) {
    let cutoff = micros(&world, 1);
    let pairs = [pair(&world.email(), "192.0.2.1"), pair(&world.email(), "192.0.2.1")];
    for (pair, at) in pairs.iter().zip([world.now, cutoff]) {
        let attempts = Attempts { failures: 3, last_at: at, in_progress: 0, started_at: at };
        transaction!(world, |tx| {
            tx.attempts().find(pair, world.now, Lock::Update).await?;
            tx.attempts().store(pair, &attempts).await
        })
        .unwrap();
    }
    transaction!(world, |tx| tx.attempts().delete_stale(cutoff, 9).await).unwrap();
    for (pair, failures) in pairs.iter().zip([0, 3]) {
        let found = read!(world, |tx| tx.attempts().find(pair, world.now, Lock::None).await);
        assert_eq!(found.failures, failures);
    }
}

async fn claims(world: &World, claim: &MailClaim) -> usize {
    let mut tx = world.begin().await;
    let claimed = tx.outbox().claim(claim).await.unwrap().len();
    tx.rollback().await.unwrap();
    claimed
}

pub async fn mail_is_due_from_the_time_at_which_it_was_made_due(world: World) {
    let mail = new_mail(&world, world.now);
    enqueue(&world, &mail).await;
    let due = micros(&world, 1);
    assert!(transaction!(world, |tx| tx.outbox().make_due(mail.id, due).await).unwrap());
    assert_eq!(claims(&world, &mail_claim(world.now, world.after(9), 9)).await, 0);
    assert_eq!(claims(&world, &mail_claim(due, world.after(9), 9)).await, 1);
}

pub async fn mail_is_due_too_late_beyond_the_latest_time_and_not_at_it(world: World) {
    let mail = new_mail(&world, world.now);
    enqueue(&world, &mail).await;
    let due = micros(&world, 60_000_001);
    let failed = Delivery::Failed { error: "the line is dead".to_owned(), retry_at: Some(due) };
    deliver(&world, &mail, failed).await;
    let far = world.after(9000);
    for (latest, claimed) in [(due, 0), (due + Duration::microseconds(-1), 1)] {
        let few = LatestDue { few_failures: 1, after_few: latest, after_many: far };
        let many = LatestDue { few_failures: 0, after_few: far, after_many: latest };
        for latest_due in [few, many] {
            let claim = MailClaim { latest_due, ..mail_claim(world.now, world.after(9), 9) };
            assert_eq!(claims(&world, &claim).await, claimed, "{latest_due:?}");
        }
    }
}

/// Returns whether a claim would be given. It is rolled back.
async fn may_claim(world: &World, request: &FeedClaimRequest) -> bool {
    let mut tx = world.begin().await;
    let batch = tx.feed().claim(request).await.unwrap();
    tx.rollback().await.unwrap();
    batch.is_some()
}

pub async fn a_claim_of_the_feed_ends_at_its_time(world: World) {
    register(&world, "crm", FeedStart::Beginning).await;
    // Rows of one organization are in one partition.
    let org = Some(some_org(&world));
    append(&world, &[new_entry(&world, org), new_entry(&world, org)]).await;
    let until = micros(&world, 1_000_001);
    let batch = claim(&world, &FeedClaimRequest { until, ..request(&world, "crm", 1) }).await.unwrap();
    assert_is_free_from(&world, until).await;
    let until = micros(&world, 2_000_001);
    let progress = FeedProgress { position: batch.end, failures: 0, until };
    transaction!(world, |tx| Ok::<_, Error>(tx.feed().record(&batch.claim, &progress).await?)).unwrap();
    assert_is_free_from(&world, until).await;
}

/// Asserts that the partition is free from this time on, or if no correct clock can have set it.
async fn assert_is_free_from(world: &World, until: Timestamp) {
    let before = until + Duration::microseconds(-1);
    let request = request(world, "crm", 1);
    for (now, latest, is_free) in [
        (before, world.after(99), false),
        (until, world.after(99), true),
        (world.now, until, false),
        (world.now, before, true),
    ] {
        let request = FeedClaimRequest { now, latest, ..request.clone() };
        assert_eq!(may_claim(world, &request).await, is_free, "{request:?}");
    }
}
