//! `AttemptRepo`: failed logins and exemptions.

use bailiwick_kernel::{Email, Lock, Timestamp};
use bailiwick_users::{
    AccountKey, Attempts, ClientKey, Exemption, Lockout, Pair, User, UserChanges, UserError,
};
use time::Duration;

use super::world::{World, assert_refused};

pub fn pair(email: &Email, client: &str) -> Pair {
    Pair { account: AccountKey::from(email), client: ClientKey::of(client.parse().unwrap()) }
}

fn new_pair(world: &World) -> Pair {
    pair(&world.email(), "192.0.2.1")
}

async fn store(world: &World, pair: &Pair, failures: u32, last_at: Timestamp) -> Attempts {
    let started_at = last_at + Duration::microseconds(2);
    let attempts = Attempts { failures, last_at, in_progress: failures + 1, started_at };
    transaction!(world, |tx| {
        tx.attempts().find(pair, world.now, Lock::Update).await?;
        tx.attempts().store(pair, &attempts).await
    })
    .unwrap();
    attempts
}

/// Returns the attempts of a pair, read in a transaction that is rolled back.
async fn known(world: &World, pair: &Pair) -> Attempts {
    let mut tx = world.begin().await;
    let attempts = tx.attempts().find(pair, world.now, Lock::Update).await.unwrap();
    tx.rollback().await.unwrap();
    attempts
}

/// Returns the attempts of a pair, read without a lock in a read-only transaction.
async fn unlocked(world: &World, pair: &Pair) -> Attempts {
    read!(world, |tx| tx.attempts().find(pair, world.now, Lock::None).await)
}

pub async fn a_new_pair_has_no_attempts(world: World) {
    let pair = new_pair(&world);
    assert_eq!(known(&world, &pair).await, Attempts::none(world.now));
    let later = world.after(5);
    let locked = transaction!(world, |tx| tx.attempts().find(&pair, later, Lock::Update).await);
    assert_eq!(locked, Ok(Attempts::none(later)));
}

pub async fn attempts_are_found_as_they_were_stored(world: World) {
    let email = world.email();
    let (here, there) = (pair(&email, "192.0.2.1"), pair(&email, "2001:db8::1"));
    let other = new_pair(&world);
    let at = world.now + Duration::microseconds(1);
    let stored = store(&world, &here, 7, at).await;
    assert_eq!(known(&world, &here).await, stored);
    assert_eq!(unlocked(&world, &here).await, stored);
    assert_eq!(unlocked(&world, &there).await, Attempts::none(world.now), "another pair");
    for pair in [&there, &other] {
        assert_eq!(known(&world, pair).await, Attempts::none(world.now), "another pair is unaffected");
    }
    let stored = store(&world, &here, 8, world.after(9)).await;
    assert_eq!(known(&world, &here).await, stored);
}

pub async fn rolled_back_attempts_are_not_stored(world: World) {
    let pair = new_pair(&world);
    let mut tx = world.begin().await;
    let mut attempts = tx.attempts().find(&pair, world.now, Lock::Update).await.unwrap();
    attempts.count(&Lockout::default(), world.now).unwrap();
    tx.attempts().store(&pair, &attempts).await.unwrap();
    assert_eq!(tx.attempts().find(&pair, world.now, Lock::Update).await, Ok(attempts));
    tx.rollback().await.unwrap();
    assert_eq!(known(&world, &pair).await, Attempts::none(world.now));
}

pub async fn clearing_a_pair_keeps_other_pairs(world: World) {
    let email = world.email();
    let (here, there) = (pair(&email, "192.0.2.1"), pair(&email, "192.0.2.2"));
    store(&world, &here, 3, world.now).await;
    let kept = store(&world, &there, 4, world.now).await;
    for _ in 0..2 {
        transaction!(world, |tx| {
            tx.attempts().find(&here, world.now, Lock::Update).await?;
            tx.attempts().store(&here, &Attempts::none(world.after(1))).await
        })
        .unwrap();
        assert_eq!(known(&world, &here).await, Attempts::none(world.now), "no record is left");
    }
    assert_eq!(known(&world, &there).await, kept);
}

pub async fn an_account_is_cleared_with_every_client(world: World) {
    let email = world.email();
    let pairs = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|client| pair(&email, client));
    let other = new_pair(&world);
    for pair in &pairs {
        store(&world, pair, 9, world.now).await;
    }
    let kept = store(&world, &other, 9, world.now).await;
    transaction!(world, |tx| tx.attempts().clear(&AccountKey::from(&email)).await).unwrap();
    for pair in &pairs {
        assert_eq!(known(&world, pair).await, Attempts::none(world.now));
    }
    assert_eq!(known(&world, &other).await, kept);
}

pub async fn stale_attempts_are_deleted_up_to_the_limit(world: World) {
    let pairs: Vec<_> = (0..4).map(|_| new_pair(&world)).collect();
    let old = world.now + Duration::microseconds(-3);
    for pair in &pairs {
        store(&world, pair, 1, old).await;
    }
    let in_time = new_pair(&world);
    let kept = store(&world, &in_time, 1, world.now).await;
    for left in [1, 0, 0] {
        transaction!(world, |tx| tx.attempts().delete_stale(world.now, 3).await).unwrap();
        let mut found = 0;
        for pair in &pairs {
            found += known(&world, pair).await.failures;
        }
        assert_eq!(found, left);
    }
    assert_eq!(known(&world, &in_time).await, kept, "attempts at the cutoff are kept");
}

fn exempt(given: Exemption) -> UserChanges {
    UserChanges { exemption: Some(given), ..UserChanges::default() }
}

async fn exemption(world: &World, email: &Email) -> Option<Exemption> {
    read!(world, |tx| tx.users().find_by_email(email, Lock::None).await).and_then(|user| user.exemption)
}

pub async fn an_account_is_exempt_for_the_span_given(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    assert_eq!(exemption(&world, &user.email).await, None);
    for (from, until) in [(20, 60), (10, 30)] {
        let given = Exemption { from: world.after(from), until: world.after(until) };
        transaction!(world, |tx| tx.users().update(user.id, &exempt(given)).await).unwrap();
        assert_eq!(exemption(&world, &user.email).await, Some(given));
    }
    assert_eq!(exemption(&world, &other.email).await, None);
    assert_eq!(exemption(&world, &world.email()).await, None);
    let exempt = User { exemption: exemption(&world, &user.email).await, ..user.clone() };
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(exempt), "nothing else");
}

pub async fn a_deleted_account_is_not_exempt(world: World) {
    let given = Exemption { from: world.now, until: world.after(60) };
    let gone = world.new_user();
    let answer = transaction!(world, |tx| tx.users().update(gone.id, &exempt(given)).await);
    assert_refused(answer, UserError::NotFound);

    let user = world.user().await;
    transaction!(world, |tx| {
        tx.users().update(user.id, &exempt(given)).await?;
        tx.users().delete(user.id).await
    })
    .unwrap();
    let successor = User { email: user.email.clone(), ..world.new_user() };
    world.store_user(successor).await;
    assert_eq!(exemption(&world, &user.email).await, None, "deleted with the account");
}
