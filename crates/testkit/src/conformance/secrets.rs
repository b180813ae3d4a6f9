//! `SecretRepo`.

use bailiwick_kernel::TokenKind::{self, EmailVerification, Invitation, Refresh};
use bailiwick_kernel::{Timestamp, TokenHash, UserId};
use time::Duration;

use super::world::World;

async fn issue(world: &World, kind: TokenKind, user: UserId) -> TokenHash {
    let (hash, expires_at) = (world.token(), world.after(60));
    transaction!(world, |tx| tx.secrets().issue(kind, user, &hash, world.now, expires_at).await).unwrap();
    hash
}

async fn consume(world: &World, kind: TokenKind, hash: TokenHash, now: Timestamp) -> Option<UserId> {
    transaction!(world, |tx| tx.secrets().consume(kind, &hash, now).await).unwrap()
}

pub async fn a_secret_is_used_once(world: World) {
    let user = world.user().await;
    let secret = issue(&world, EmailVerification, user.id).await;
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, Some(user.id));
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, None);
}

pub async fn an_unknown_secret_names_nobody(world: World) {
    let user = world.user().await;
    issue(&world, EmailVerification, user.id).await;
    assert_eq!(consume(&world, EmailVerification, world.token(), world.now).await, None);
}

pub async fn only_the_newest_secret_of_a_kind_works(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let old = issue(&world, EmailVerification, user.id).await;
    let of_other = issue(&world, EmailVerification, other.id).await;
    let new = issue(&world, EmailVerification, user.id).await;
    assert_eq!(consume(&world, EmailVerification, old, world.now).await, None);
    assert_eq!(consume(&world, EmailVerification, new, world.now).await, Some(user.id));
    assert_eq!(consume(&world, EmailVerification, of_other, world.now).await, Some(other.id));
    let after_use = issue(&world, EmailVerification, user.id).await;
    assert_eq!(consume(&world, EmailVerification, after_use, world.now).await, Some(user.id));
}

pub async fn a_secret_works_as_its_own_kind_alone(world: World) {
    let user = world.user().await;
    let secret = issue(&world, EmailVerification, user.id).await;
    for kind in [Invitation, Refresh] {
        assert_eq!(consume(&world, kind, secret, world.now).await, None);
    }
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, Some(user.id));
}

pub async fn a_secret_does_not_replace_one_of_another_kind(world: World) {
    let user = world.user().await;
    let first = issue(&world, EmailVerification, user.id).await;
    let second = issue(&world, Refresh, user.id).await;
    assert_eq!(consume(&world, EmailVerification, first, world.now).await, Some(user.id));
    assert_eq!(consume(&world, Refresh, second, world.now).await, Some(user.id));
}

pub async fn a_secret_works_before_its_expiry_and_not_at_it(world: World) {
    let user = world.user().await;
    let late = issue(&world, EmailVerification, user.id).await;
    assert_eq!(consume(&world, EmailVerification, late, world.after(60)).await, None);
    let in_time = issue(&world, EmailVerification, user.id).await;
    let last_moment = world.after(60) + Duration::microseconds(-1);
    assert_eq!(consume(&world, EmailVerification, in_time, last_moment).await, Some(user.id));
}

pub async fn a_use_that_is_rolled_back_was_none(world: World) {
    let user = world.user().await;
    let secret = issue(&world, EmailVerification, user.id).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.secrets().consume(EmailVerification, &secret, world.now).await, Ok(Some(user.id)));
    assert_eq!(tx.secrets().consume(EmailVerification, &secret, world.now).await, Ok(None));
    tx.rollback().await.unwrap();
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, Some(user.id));
}
