//! `SessionRepo`: sessions. Their refresh tokens are in `refresh.rs`.

use std::slice;

use bailiwick_app::ports::SessionView;
use bailiwick_app::{AuthorityQuery, Error};
use bailiwick_kernel::{PageRequest, Timestamp, UserId};
use bailiwick_users::{Session, SessionScope};

use super::directory::all_pages;
use super::world::World;

async fn view(world: &World, session: &Session) -> Option<SessionView> {
    let query = AuthorityQuery { user: session.user_id, session: Some(session.id), org: None };
    world.store.load_view(&query).await.unwrap().unwrap().session
}

pub async fn a_login_is_recorded(world: World) {
    let user = world.user().await;
    let session = world.session(user.id).await;
    let expected = SessionView { ended_at: None, expires_at: session.expires_at };
    assert_eq!(view(&world, &session).await, Some(expected));
}

pub async fn one_account_has_many_sessions(world: World) {
    let user = world.user().await;
    let first = world.session(user.id).await;
    let (mut second, refresh) = world.new_session(user.id);
    second.ended_at = Some(world.after(9));
    second.device = None;
    second.ip = None;
    transaction!(world, |tx| tx.sessions().insert(&second, &refresh).await).unwrap();
    assert_eq!(view(&world, &first).await.unwrap().ended_at, None);
    let expected = SessionView { ended_at: Some(world.after(9)), expires_at: second.expires_at };
    assert_eq!(view(&world, &second).await, Some(expected));
}

pub async fn a_login_without_an_account_is_refused(world: World) {
    let (session, refresh) = world.new_session(world.new_user().id);
    let answer = transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await);
    assert!(matches!(answer, Err(Error::Store(_) | Error::User(_))), "{answer:?}");
}

async fn list(world: &World, user: UserId, now: Timestamp) -> Vec<Session> {
    read!(world, |tx| tx.sessions().list(user, now, PageRequest::default()).await).items
}

/// Stores a new session that `alter` has changed.
async fn store(world: &World, user: UserId, alter: impl FnOnce(&mut Session)) -> Session {
    let (mut session, refresh) = world.new_session(user);
    alter(&mut session);
    transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
    session
}

pub async fn the_sessions_of_an_account_that_are_alive_are_listed(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    let first = store(&world, user, |_| ()).await;
    let short = store(&world, user, |session| session.expires_at = world.after(10)).await;
    store(&world, user, |session| session.ended_at = Some(world.after(1))).await;
    let foreign = store(&world, other, |_| ()).await;
    let bare = store(&world, user, |session| (session.device, session.ip) = (None, None)).await;

    let last_moment = world.after(10) + time::Duration::microseconds(-1);
    assert_eq!(list(&world, user, last_moment).await, [first.clone(), short, bare.clone()]);
    assert_eq!(list(&world, user, world.after(10)).await, [first, bare]);
    assert_eq!(list(&world, other, world.now).await, [foreign]);
    assert_eq!(list(&world, world.new_user().id, world.now).await, []);
}

pub async fn pages_of_sessions_leave_nothing_out_and_repeat_nothing(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(world.session(user).await);
        world.session(other).await;
        store(&world, user, |session| session.ended_at = Some(world.now)).await;
    }
    for limit in ["1", "2", "5", "100"] {
        let pages =
            all_pages(limit, async |page| read!(world, |tx| tx.sessions().list(user, world.now, page).await));
        assert_eq!(pages.await, expected, "{limit}");
    }
}

pub async fn a_session_is_ended_once_and_by_its_own_account(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    let (session, kept) = (world.session(user).await, world.session(user).await);
    let end = async |user, id, seconds| {
        let now = world.after(seconds);
        transaction!(world, |tx| tx.sessions().end(user, SessionScope::One(id), now).await).unwrap() == 1
    };
    assert!(!end(other, session.id, 5).await);
    assert!(!end(user, world.new_session(user).0.id, 5).await);
    assert!(!end(user, session.id, 3600).await, "a session is over at its expiry");
    assert_eq!(view(&world, &session).await.unwrap().ended_at, None);

    assert!(end(user, session.id, 6).await);
    assert!(!end(user, session.id, 7).await);
    assert_eq!(view(&world, &session).await.unwrap().ended_at, Some(world.after(6)));
    assert_eq!(list(&world, user, world.now).await, [kept]);
}

pub async fn all_sessions_but_one_are_ended_and_counted(world: World) {
    let (user, other) = (world.user().await.id, world.user().await.id);
    let (kept, second) = (world.session(user).await, world.session(user).await);
    let ended = store(&world, user, |session| session.ended_at = Some(world.after(1))).await;
    let over = store(&world, user, |session| session.expires_at = world.after(5)).await;
    let foreign = world.session(other).await;
    let end = async |scope, seconds| {
        let now = world.after(seconds);
        transaction!(world, |tx| tx.sessions().end(user, scope, now).await).unwrap()
    };
    assert_eq!(end(SessionScope::AllExcept(kept.id), 5).await, 1, "neither what was ended nor what is over");
    assert_eq!(view(&world, &second).await.unwrap().ended_at, Some(world.after(5)));
    assert_eq!(view(&world, &ended).await.unwrap().ended_at, Some(world.after(1)));
    assert_eq!(view(&world, &over).await.unwrap().ended_at, None);
    assert_eq!(list(&world, user, world.after(5)).await, slice::from_ref(&kept));
    assert_eq!(
        end(SessionScope::AllExcept(foreign.id), 6).await,
        1,
        "a session of somebody else is no exception"
    );
    assert_eq!(end(SessionScope::All, 7).await, 0);
    assert_eq!(view(&world, &kept).await.unwrap().ended_at, Some(world.after(6)));
    assert_eq!(list(&world, other, world.now).await, [foreign]);
}
