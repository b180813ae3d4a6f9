//! Concurrent changes of sessions, refresh tokens and the setup secret.

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, SessionId, Timestamp, TokenHash, UserId};
use bailiwick_users::{RefreshGrant, RefreshRecord, Session, SessionScope};

use super::page_sessions::{found, sign_in};
use super::races::{a_while, assert_one_true, at_once, both_at_once};
use super::refresh::{login, next};
use super::world::World;

async fn rotate(world: World, used: TokenHash, next: RefreshGrant) -> Result<bool, Error> {
    transaction!(world, |tx| tx.sessions().rotate(&used, &next, world.after(2)).await)
}

async fn lock(world: World, hash: TokenHash) -> Option<RefreshRecord> {
    transaction!(world, |tx| tx.sessions().find_by_refresh(&hash, Lock::Update).await).unwrap()
}

async fn end(world: World, user: UserId, session: SessionId) -> Result<bool, Error> {
    transaction!(world, |tx| tx.sessions().end(user, SessionScope::One(session), world.after(3)).await)
        .map(|ended| ended == 1)
}

pub async fn a_refresh_token_shown_by_many_is_used_once(world: World) {
    let (session, mut current) = login(&world).await;
    for _ in 0..world.rounds {
        let successors: Vec<_> = (0..8).map(|_| next(&world, &session)).collect();
        let tasks = successors.iter().map(|next| rotate(world.clone(), current.hash, next.clone()));
        let answers = at_once(tasks.collect()).await;
        let winner = answers.iter().position(|answer| *answer == Ok(true)).unwrap();
        assert_one_true(answers);
        for (index, successor) in successors.iter().enumerate() {
            let found = read!(world, |tx| tx.sessions().find_by_refresh(&successor.hash, Lock::None).await);
            assert_eq!(found.is_some(), index == winner);
        }
        current = successors[winner].clone();
    }
}

pub async fn who_shows_a_token_of_a_held_session_or_ends_it_waits(world: World) {
    let (session, first) = login(&world).await;
    let (second, third) = (next(&world, &session), next(&world, &session));
    assert_eq!(rotate(world.clone(), first.hash, second.clone()).await, Ok(true));
    let mut holder = world.begin().await;
    holder.sessions().find_by_refresh(&first.hash, Lock::Update).await.unwrap().unwrap();
    let shows = tokio::spawn(lock(world.clone(), second.hash));
    let ends = tokio::spawn(end(world.clone(), session.user_id, session.id));
    let all = world.clone();
    let user = session.user_id;
    let all = tokio::spawn(async move {
        transaction!(all, |tx| tx.sessions().end(user, SessionScope::All, all.after(3)).await)
    });
    a_while(&world).await;
    assert!(!shows.is_finished() && !ends.is_finished() && !all.is_finished());
    assert_eq!(holder.sessions().rotate(&second.hash, &third, world.after(2)).await, Ok(true));
    holder.commit().await.unwrap();
    let held = shows.await.unwrap().unwrap();
    assert_eq!(held.used_at, Some(world.after(2)), "the state at the time of the lock");
    let (one, all) = (ends.await.unwrap().unwrap(), all.await.unwrap().unwrap());
    assert_eq!(u64::from(one) + all, 1, "exactly one of the two ends the session");
}

/// Renews a session as the use case does, if it has not ended, and returns whether it did.
async fn renew(world: World, used: TokenHash, next: RefreshGrant) -> Result<bool, Error> {
    transaction!(world, |tx| async {
        let Some(held) = tx.sessions().find_by_refresh(&used, Lock::Update).await? else { return Ok(false) };
        if !held.session.is_alive(world.now) {
            return Ok(false);
        }
        tx.sessions().rotate(&used, &next, world.after(2)).await
    }
    .await)
}

pub async fn a_session_ended_while_it_is_renewed_is_over_in_the_end(world: World) {
    for round in 0..world.rounds {
        let (session, first) = login(&world).await;
        let second = next(&world, &session);
        let (renewed, ended) = both_at_once(
            renew(world.clone(), first.hash, second.clone()),
            end(world.clone(), session.user_id, session.id),
        )
        .await;
        assert_eq!(ended, Ok(true), "round {round}");
        let renewed = renewed.unwrap();
        let held = lock(world.clone(), first.hash).await.unwrap();
        assert_eq!(held.session.ended_at, Some(world.after(3)));
        assert_eq!(held.used_at, renewed.then(|| world.after(2)));
        assert_eq!(held.session.last_seen_at, world.after(if renewed { 2 } else { 1 }));
        assert_eq!(lock(world.clone(), second.hash).await.is_some(), renewed);
        assert_eq!(renew(world.clone(), second.hash, next(&world, &session)).await, Ok(false));
    }
}

pub async fn a_session_ended_by_many_is_ended_once(world: World) {
    let user = world.user().await.id;
    for _ in 0..world.rounds {
        let session = world.session(user).await;
        let tasks = (0..8).map(|_| end(world.clone(), user, session.id)).collect();
        assert_one_true(at_once(tasks).await);
    }
}

pub async fn sessions_ended_by_many_are_counted_once_each(world: World) {
    async fn end_all(world: World, user: UserId, kept: SessionId, now: Timestamp) -> u64 {
        transaction!(world, |tx| tx.sessions().end(user, SessionScope::AllExcept(kept), now).await).unwrap()
    }
    let user = world.user().await.id;
    let kept = world.session(user).await.id;
    for _ in 0..world.rounds.div_ceil(4) {
        let sessions: [Session; 3] =
            [world.session(user).await, world.session(user).await, world.session(user).await];
        let tasks = (0..6).map(|_| end_all(world.clone(), user, kept, world.after(3))).collect();
        assert_eq!(at_once(tasks).await.into_iter().sum::<u64>(), sessions.len() as u64);
    }
}

async fn extend(world: World, session: SessionId, seconds: i64) {
    let until = world.after(seconds);
    transaction!(world, |tx| tx.sessions().extend_page(session, until).await).unwrap();
}

pub async fn of_many_moves_of_an_idle_expiry_the_latest_stays(world: World) {
    let user = world.user().await.id;
    for _ in 0..world.rounds {
        let record = sign_in(&world, user).await;
        let ends = [907, 906, 905, 904, 903, 902, 901, 900];
        at_once(ends.map(|end| extend(world.clone(), record.session.id, end)).into()).await;
        let moved = found(&world, record.page.cookie).await.unwrap().page;
        assert_eq!(moved.idle_expires_at, world.after(907));
    }
}

async fn set_up(world: World, secret: TokenHash) -> Result<bool, Error> {
    transaction!(world, |tx| tx.secrets().consume_setup(&secret, world.now).await)
}

async fn issue_setup(world: World, secret: TokenHash) {
    transaction!(world, |tx| tx.secrets().issue_setup(&secret, world.after(60)).await).unwrap();
}

pub async fn the_setup_secret_shown_by_many_is_used_once(world: World) {
    for _ in 0..world.rounds {
        let secret = world.token();
        issue_setup(world.clone(), secret).await;
        assert_one_true(at_once((0..16).map(|_| set_up(world.clone(), secret)).collect()).await);
    }
}

pub async fn of_setup_secrets_issued_at_once_one_works(world: World) {
    for _ in 0..world.rounds {
        let secrets = [(); 4].map(|()| world.token());
        at_once(secrets.iter().map(|secret| issue_setup(world.clone(), *secret)).collect()).await;
        let mut answers = Vec::new();
        for secret in secrets {
            answers.push(set_up(world.clone(), secret).await);
        }
        assert_one_true(answers);
    }
}
