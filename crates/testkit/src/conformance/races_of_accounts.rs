//! Concurrent changes of accounts.

use bailiwick_app::{AuthorityQuery, Error};
use bailiwick_kernel::{Lock, TokenHash, TokenKind, UserId};
use bailiwick_users::{NewSecret, PasswordHash, SecretRef, Session, User, UserChanges, UserError};

use super::races::{assert_one_true, assert_one_won, at_once, both_at_once};
use super::world::World;

const VERIFY: TokenKind = TokenKind::EmailVerification;

async fn sign_up(world: World, user: User) -> Result<(), Error> {
    transaction!(world, |tx| tx.users().insert(&user).await)
}

pub async fn of_many_who_sign_up_with_one_address_one_gets_it(world: World) {
    for _ in 0..world.rounds {
        let email = world.email();
        let users: Vec<_> = (0..16).map(|_| User { email: email.clone(), ..world.new_user() }).collect();
        let tasks = users.iter().map(|user| sign_up(world.clone(), user.clone())).collect();
        let answers = at_once(tasks).await;
        assert_one_won(&answers, UserError::EmailTaken);
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let found = read!(world, |tx| tx.users().find_by_email(&email, Lock::None).await);
        assert_eq!(found.as_ref(), users.get(winner));
    }
}

/// Verifies the address, found by it, and returns whether it was unverified before.
async fn verify(world: World, user: User) -> Result<bool, Error> {
    transaction!(world, |tx| async {
        let found = tx.users().find_by_email(&user.email, Lock::Update).await?;
        let Some(mut user) = found.filter(|user| !user.email_verified) else { return Ok(false) };
        user.prove_mailbox();
        tx.users().update(user.id, &UserChanges::status_of(&user)).await.map(|()| true)
    }
    .await)
}

pub async fn an_account_is_held_by_one_at_a_time(world: World) {
    for _ in 0..world.rounds {
        let user = world.user().await;
        let tasks = (0..8).map(|_| verify(world.clone(), user.clone())).collect();
        assert_one_true(at_once(tasks).await);
    }
}

/// Does the same with the account found by id.
async fn verify_by_id(world: World, id: UserId) -> Result<bool, Error> {
    transaction!(world, |tx| async {
        let found = tx.users().find(id, Lock::Update).await?;
        let Some(mut user) = found.filter(|user| !user.email_verified) else { return Ok(false) };
        user.prove_mailbox();
        tx.users().update(user.id, &UserChanges::status_of(&user)).await.map(|()| true)
    }
    .await)
}

pub async fn an_account_is_held_by_id_as_by_address(world: World) {
    for _ in 0..world.rounds {
        let user = world.user().await;
        let by_id = (0..4).map(|_| tokio::spawn(verify_by_id(world.clone(), user.id)));
        let by_address = (0..4).map(|_| tokio::spawn(verify(world.clone(), user.clone())));
        let tasks: Vec<_> = by_id.chain(by_address).collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        assert_one_true(answers);
    }
}

pub async fn an_address_that_many_move_to_goes_to_one(world: World) {
    async fn move_to(world: World, user: User) -> Result<(), Error> {
        transaction!(world, |tx| tx.users().update(user.id, &UserChanges::emails_of(&user)).await)
    }
    let mut people = Vec::new();
    for _ in 0..6 {
        people.push(world.user().await);
    }
    for _ in 0..world.rounds {
        let email = world.email();
        let moved = people.iter().map(|user| User { email: email.clone(), ..user.clone() });
        let answers = at_once(moved.map(|user| move_to(world.clone(), user)).collect()).await;
        assert_one_won(&answers, UserError::EmailTaken);
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let found = read!(world, |tx| tx.users().find_by_email(&email, Lock::None).await).unwrap();
        assert_eq!(found.id, people[winner].id);
    }
}

pub async fn an_address_moved_to_and_signed_up_with_goes_to_one(world: World) {
    async fn move_to(world: World, user: User) -> Result<(), Error> {
        transaction!(world, |tx| tx.users().update(user.id, &UserChanges::emails_of(&user)).await)
    }
    for _ in 0..world.rounds {
        let (user, email) = (world.user().await, world.email());
        let moved = User { email: email.clone(), ..user };
        let new = User { email, ..world.new_user() };
        let (one, other) = both_at_once(move_to(world.clone(), moved), sign_up(world.clone(), new)).await;
        assert_one_won(&[one, other], UserError::EmailTaken);
    }
}

pub async fn of_many_who_note_a_presence_the_latest_stays(world: World) {
    async fn log_in(world: World, id: UserId, seconds: i64) {
        let (session, refresh) = world.new_session(id);
        let session = Session { last_seen_at: world.after(seconds), ..session };
        transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
    }
    let id = world.user().await.id;
    for round in 0..i64::from(world.rounds) {
        at_once((1..=8).map(|n| log_in(world.clone(), id, round * 8 + n)).collect()).await;
        let stored = read!(world, |tx| tx.users().find(id, Lock::None).await).unwrap();
        assert_eq!(stored.last_active, Some(world.after(round * 8 + 8)));
    }
}

/// Deletes the account with this address and inserts a new one.
async fn replace(world: World, user: User) -> Result<(), Error> {
    transaction!(world, |tx| async {
        let former = tx.users().find_by_email(&user.email, Lock::Update).await?.ok_or(UserError::NotFound)?;
        tx.users().delete(former.id).await?;
        tx.users().insert(&user).await
    }
    .await)
}

pub async fn an_account_that_was_replaced_is_held_in_its_new_form(world: World) {
    for _ in 0..world.rounds.div_ceil(4) {
        let email = world.user().await.email;
        let new = || User { email: email.clone(), ..world.new_user() };
        for answer in at_once((0..8).map(|_| replace(world.clone(), new())).collect()).await {
            answer.unwrap();
        }
    }
}

async fn consume(world: World, secret: TokenHash) -> Result<bool, Error> {
    let user =
        transaction!(world, |tx| tx.secrets().consume(VERIFY, SecretRef::Hash(secret), world.now).await);
    user.map(|user| user.is_some())
}

async fn issue(world: World, user: UserId, secret: TokenHash) {
    let until = world.after(60);
    transaction!(world, |tx| tx
        .secrets()
        .issue(&NewSecret {
            kind: VERIFY,
            user,
            hash: secret,
            created_at: world.now,
            expires_at: until,
            address: None
        })
        .await)
    .unwrap();
}

pub async fn a_secret_shown_by_many_is_used_once(world: World) {
    let user = world.user().await;
    for _ in 0..world.rounds {
        let secret = world.token();
        issue(world.clone(), user.id, secret).await;
        let tasks = (0..32).map(|_| consume(world.clone(), secret)).collect();
        assert_one_true(at_once(tasks).await);
    }
}

async fn consume_newest(world: World, user: UserId) -> Result<bool, Error> {
    let owner = transaction!(world, |tx| tx.secrets().consume(VERIFY, SecretRef::Of(user), world.now).await);
    owner.map(|owner| owner.is_some())
}

pub async fn the_newest_secret_of_an_account_is_used_by_one_of_many(world: World) {
    let user = world.user().await;
    for _ in 0..world.rounds {
        issue(world.clone(), user.id, world.token()).await;
        let tasks = (0..32).map(|_| consume_newest(world.clone(), user.id)).collect();
        assert_one_true(at_once(tasks).await);
    }
}

pub async fn of_secrets_issued_at_once_one_works(world: World) {
    let user = world.user().await;
    for _ in 0..world.rounds {
        let secrets = [(); 4].map(|()| world.token());
        at_once(secrets.iter().map(|secret| issue(world.clone(), user.id, *secret)).collect()).await;
        let mut answers = Vec::new();
        for secret in secrets {
            answers.push(consume(world.clone(), secret).await);
        }
        assert_one_true(answers);
    }
}

pub async fn a_password_changed_by_many_is_changed_once(world: World) {
    async fn replace(world: World, id: UserId, old: PasswordHash, new: PasswordHash) -> Result<bool, Error> {
        transaction!(world, |tx| tx.users().replace_password(id, &old, &new).await)
    }
    let user = world.user().await;
    let mut old = user.password_hash.clone();
    for round in 0..world.rounds {
        let new = |n| PasswordHash::from_stored(format!("password {n} of round {round}"));
        let tasks = (0..8).map(|n| replace(world.clone(), user.id, old.clone(), new(n))).collect();
        assert_one_true(at_once(tasks).await);
        old = read!(world, |tx| tx.users().find(user.id, Lock::None).await).unwrap().password_hash;
        assert!((0..8).any(|n| old == new(n)));
    }
}

/// Each transaction locks its own account and then deletes the other, so the two wait for each
/// other. A store that locks rows must fail one of them with `StoreError::Contention`.
pub async fn two_who_delete_each_other_do_not_both_succeed(world: World) {
    async fn delete(world: World, actor: UserId, target: UserId) -> Result<(), Error> {
        let query = AuthorityQuery { user: actor, session: None, org: None };
        transaction!(world, |tx| {
            tx.lock_view(&query).await?.ok_or(UserError::NotFound)?;
            tx.users().delete(target).await?;
            Ok::<_, Error>(())
        })
    }
    for _ in 0..world.rounds.div_ceil(50) {
        let (a, b) = (world.user().await.id, world.user().await.id);
        let (one, other) = both_at_once(delete(world.clone(), a, b), delete(world.clone(), b, a)).await;
        assert_one_won(&[one, other], UserError::NotFound);
        let mut left = 0;
        for id in [a, b] {
            left += usize::from(read!(world, |tx| tx.users().find(id, Lock::None).await).is_some());
        }
        assert_eq!(left, 1);
    }
}
