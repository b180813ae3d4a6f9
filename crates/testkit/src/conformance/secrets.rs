//! `SecretRepo`: one-time secrets, mailed links and the setup secret.

use bailiwick_app::Error;
use bailiwick_kernel::TokenKind::{self, EmailChange, EmailVerification, Invitation, PasswordReset, Refresh};
use bailiwick_kernel::{Email, Timestamp, TokenHash, UserId};
use bailiwick_users::{MailedLink, NewSecret, SecretRef};
use time::Duration;

use super::world::World;

async fn issue(world: &World, kind: TokenKind, user: UserId) -> TokenHash {
    let (hash, expires_at) = (world.token(), world.after(60));
    transaction!(world, |tx| tx
        .secrets()
        .issue(&NewSecret { kind, user, hash, created_at: world.now, expires_at, address: None })
        .await)
    .unwrap();
    hash
}

async fn consume(world: &World, kind: TokenKind, hash: TokenHash, now: Timestamp) -> Option<UserId> {
    transaction!(world, |tx| tx.secrets().consume(kind, SecretRef::Hash(hash), now).await).unwrap()
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
    assert_eq!(
        tx.secrets().consume(EmailVerification, SecretRef::Hash(secret), world.now).await,
        Ok(Some(user.id))
    );
    assert_eq!(tx.secrets().consume(EmailVerification, SecretRef::Hash(secret), world.now).await, Ok(None));
    tx.rollback().await.unwrap();
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, Some(user.id));
}

async fn find(world: &World, kind: TokenKind, hash: TokenHash, now: Timestamp) -> Option<UserId> {
    read!(world, |tx| tx.secrets().find(kind, &hash, now).await)
}

pub async fn a_secret_is_found_as_long_as_it_can_be_used_and_finding_uses_nothing(world: World) {
    let user = world.user().await;
    let secret = issue(&world, PasswordReset, user.id).await;
    let last_moment = world.after(60) + Duration::microseconds(-1);
    for now in [world.now, last_moment, world.now] {
        assert_eq!(find(&world, PasswordReset, secret, now).await, Some(user.id));
    }
    assert_eq!(find(&world, PasswordReset, secret, world.after(60)).await, None);
    assert_eq!(find(&world, EmailChange, secret, world.now).await, None);
    assert_eq!(find(&world, PasswordReset, world.token(), world.now).await, None);
    assert_eq!(consume(&world, PasswordReset, secret, world.now).await, Some(user.id));
    assert_eq!(find(&world, PasswordReset, secret, world.now).await, None);
}

pub async fn secrets_of_the_kinds_given_are_forgotten(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    let kinds = [PasswordReset, EmailChange, EmailVerification];
    let mut secrets = Vec::new();
    for kind in kinds {
        secrets.push((issue(&world, kind, user).await, issue(&world, kind, other).await));
    }
    let revoke = async |kinds: &[TokenKind]| {
        transaction!(world, |tx| tx.secrets().revoke(user, kinds).await).unwrap();
    };
    let known = async |index: usize| find(&world, kinds[index], secrets[index].0, world.now).await.is_some();
    revoke(&[]).await;
    assert!(known(0).await && known(1).await && known(2).await);
    revoke(&[PasswordReset, EmailChange]).await;
    assert!(!known(0).await && !known(1).await && known(2).await);
    // Revoking secrets that no longer exist succeeds.
    revoke(&kinds).await;
    assert!(!known(2).await);
    for (kind, (own, foreign)) in kinds.into_iter().zip(secrets) {
        assert_eq!(consume(&world, kind, own, world.now).await, None);
        assert_eq!(consume(&world, kind, foreign, world.now).await, Some(other));
    }
}

async fn consume_newest(world: &World, kind: TokenKind, user: UserId, now: Timestamp) -> bool {
    let owner = transaction!(world, |tx| tx.secrets().consume(kind, SecretRef::Of(user), now).await).unwrap();
    assert!(owner.is_none_or(|owner| owner == user));
    owner.is_some()
}

pub async fn the_newest_secret_of_an_account_is_used_once(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    assert!(!consume_newest(&world, EmailVerification, user, world.now).await, "no secret was issued");
    let secret = issue(&world, EmailVerification, user).await;
    let foreign = issue(&world, EmailVerification, other).await;
    assert!(!consume_newest(&world, EmailChange, user, world.now).await, "a secret of another kind");
    assert!(!consume_newest(&world, EmailVerification, user, world.after(60)).await, "expired");
    let mut tx = world.begin().await;
    assert_eq!(tx.secrets().consume(EmailVerification, SecretRef::Of(user), world.now).await, Ok(Some(user)));
    tx.rollback().await.unwrap();
    let last_moment = world.after(60) + Duration::microseconds(-1);
    assert!(consume_newest(&world, EmailVerification, user, last_moment).await);
    assert!(!consume_newest(&world, EmailVerification, user, world.now).await, "used");
    assert_eq!(consume(&world, EmailVerification, secret, world.now).await, None);
    assert_eq!(consume(&world, EmailVerification, foreign, world.now).await, Some(other));
}

pub fn new_link(world: &World, kind: TokenKind, user: UserId, address: Email) -> MailedLink {
    MailedLink { kind, user, hash: world.token(), address, expires_at: world.after(60) }
}

fn secret_of(link: &MailedLink, created_at: Timestamp) -> NewSecret {
    let MailedLink { kind, user, hash, expires_at, .. } = *link;
    NewSecret { kind, user, hash, created_at, expires_at, address: Some(link.address.clone()) }
}

pub async fn record(world: &World, link: &MailedLink) {
    transaction!(world, |tx| tx.secrets().issue(&secret_of(link, world.now)).await).unwrap();
}

pub async fn recorded(world: &World, link: &MailedLink, now: Timestamp) -> Option<MailedLink> {
    read!(world, |tx| tx.secrets().find_link(link.kind, &link.hash, now).await)
}

pub async fn a_recorded_link_is_found_until_it_expires(world: World) {
    let user = world.user().await;
    let link = new_link(&world, EmailVerification, user.id, user.email.clone());
    assert_eq!(recorded(&world, &link, world.now).await, None);
    record(&world, &link).await;
    let newer = new_link(&world, EmailVerification, user.id, user.email.clone());
    let other = new_link(&world, EmailChange, user.id, world.email());
    record(&world, &newer).await;
    record(&world, &other).await;
    for known in [&link, &newer, &other] {
        let last_moment = world.after(60) + Duration::microseconds(-1);
        for now in [world.now, last_moment] {
            assert_eq!(recorded(&world, known, now).await.as_ref(), Some(known));
        }
        assert_eq!(recorded(&world, known, world.after(60)).await, None);
    }
    let as_other_kind = MailedLink { kind: PasswordReset, ..link };
    assert_eq!(recorded(&world, &as_other_kind, world.now).await, None);
}

pub async fn a_recorded_link_outlives_its_secret_and_goes_with_the_account(world: World) {
    let user = world.user().await;
    let kind = EmailVerification;
    let link = new_link(&world, kind, user.id, user.email.clone());
    record(&world, &link).await;
    assert_eq!(consume(&world, kind, link.hash, world.now).await, Some(user.id));
    transaction!(world, |tx| tx.secrets().revoke(user.id, &[kind]).await).unwrap();
    assert_eq!(recorded(&world, &link, world.now).await, Some(link.clone()));
    transaction!(world, |tx| tx.users().delete(user.id).await).unwrap();
    assert_eq!(recorded(&world, &link, world.now).await, None);
    let refused: Result<(), Error> =
        transaction!(world, |tx| tx.secrets().issue(&secret_of(&link, world.now)).await);
    assert!(refused.is_err(), "a link belongs to an account");
    world.store_user(user).await;
    assert_eq!(recorded(&world, &link, world.now).await, None);
}

async fn issue_setup(world: &World) -> TokenHash {
    let (hash, expires_at) = (world.token(), world.after(60));
    transaction!(world, |tx| tx.secrets().issue_setup(&hash, expires_at).await).unwrap();
    hash
}

async fn is_setup(world: &World, hash: TokenHash, now: Timestamp) -> bool {
    transaction!(world, |tx| tx.secrets().is_setup(&hash, now).await).unwrap()
}

async fn set_up(world: &World, hash: TokenHash, now: Timestamp) -> bool {
    transaction!(world, |tx| tx.secrets().consume_setup(&hash, now).await).unwrap()
}

pub async fn the_setup_secret_is_used_once(world: World) {
    assert!(!set_up(&world, world.token(), world.now).await, "no secret was issued");
    let secret = issue_setup(&world).await;
    assert!(!set_up(&world, world.token(), world.now).await, "unknown");
    let mut tx = world.begin().await;
    assert_eq!(tx.secrets().consume_setup(&secret, world.now).await, Ok(true));
    tx.rollback().await.unwrap();
    assert!(set_up(&world, secret, world.now).await);
    assert!(!set_up(&world, secret, world.now).await);
}

pub async fn the_setup_secret_is_told_from_others_and_stays(world: World) {
    assert!(!is_setup(&world, world.token(), world.now).await, "no secret was issued");
    let old = issue_setup(&world).await;
    let new = issue_setup(&world).await;
    assert!(!is_setup(&world, old, world.now).await);
    assert!(!is_setup(&world, world.token(), world.now).await, "unknown");
    assert!(!is_setup(&world, new, world.after(60)).await);
    for _ in 0..2 {
        assert!(is_setup(&world, new, world.after(60) + Duration::microseconds(-1)).await);
    }
    assert!(set_up(&world, new, world.now).await);
    assert!(!is_setup(&world, new, world.now).await);
}

pub async fn only_the_newest_setup_secret_works_and_until_its_expiry(world: World) {
    let old = issue_setup(&world).await;
    let new = issue_setup(&world).await;
    assert!(!set_up(&world, old, world.now).await);
    assert!(!set_up(&world, new, world.after(60)).await);
    assert!(set_up(&world, new, world.after(60) + Duration::microseconds(-1)).await);
    let after_use = issue_setup(&world).await;
    assert!(set_up(&world, after_use, world.now).await);
}
