//! `SessionRepo`: the cookies of sessions of the pages.

use std::slice;

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, PageRequest, SessionId, Timestamp, TokenHash, UserId};
use bailiwick_users::{PageRecord, PageSession, Session, SessionScope};
use time::Duration;

use super::world::World;

/// Builds a session of the pages whose cookie expires after 600 seconds unless it is used.
pub fn new_page(world: &World, user: UserId) -> (Session, PageSession) {
    let (session, _) = world.new_session(user);
    let page = PageSession {
        session_id: session.id,
        cookie: world.token(),
        idle_expires_at: world.after(600),
        authenticated_at: world.after(-3),
    };
    (session, page)
}

/// Stores a new session of the pages.
pub async fn sign_in(world: &World, user: UserId) -> PageRecord {
    let (session, page) = new_page(world, user);
    transaction!(world, |tx| tx.sessions().insert_page(&session, &page).await).unwrap();
    PageRecord { page, session }
}

/// Returns the session that the store finds by a cookie.
pub async fn found(world: &World, cookie: TokenHash) -> Option<PageRecord> {
    read!(world, |tx| tx.sessions().find_page(&cookie).await)
}

async fn extend(world: &World, id: SessionId, until: Timestamp) {
    transaction!(world, |tx| tx.sessions().extend_page(id, until).await).unwrap();
}

async fn confirm(world: &World, id: SessionId, at: Timestamp) -> bool {
    transaction!(world, |tx| tx.sessions().confirm_page(id, at).await).unwrap()
}

async fn listed(world: &World, user: UserId, now: Timestamp) -> Vec<Session> {
    read!(world, |tx| tx.sessions().list(user, now, PageRequest::default()).await).items
}

pub async fn a_cookie_finds_its_session_as_it_was_stored(world: World) {
    let user = world.user().await;
    let (first, second) = (sign_in(&world, user.id).await, sign_in(&world, user.id).await);
    assert_eq!(found(&world, first.page.cookie).await.as_ref(), Some(&first));
    assert_eq!(found(&world, second.page.cookie).await.as_ref(), Some(&second));
    assert_eq!(found(&world, world.token()).await, None);
    assert_eq!(listed(&world, user.id, world.now).await, [first.session.clone(), second.session]);
    let account = read!(world, |tx| tx.users().find(user.id, Lock::None).await).unwrap();
    assert_eq!(account.last_active, Some(first.session.last_seen_at));
}

pub async fn a_session_without_an_account_gets_no_cookie(world: World) {
    let (session, page) = new_page(&world, world.new_user().id);
    let answer = transaction!(world, |tx| tx.sessions().insert_page(&session, &page).await);
    assert!(matches!(answer, Err(Error::Store(_) | Error::User(_))), "{answer:?}");
    assert_eq!(found(&world, page.cookie).await, None);
}

pub async fn a_cookie_is_no_refresh_token_and_the_reverse(world: World) {
    let user = world.user().await.id;
    let PageRecord { page, .. } = sign_in(&world, user).await;
    let (session, refresh) = world.new_session(user);
    transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
    assert_eq!(read!(world, |tx| tx.sessions().find_by_refresh(&page.cookie, Lock::None).await), None);
    assert_eq!(found(&world, refresh.hash).await, None);
}

pub async fn an_ended_session_is_found_by_its_cookie_as_ended(world: World) {
    let record = sign_in(&world, world.user().await.id).await;
    let scope = SessionScope::One(record.session.id);
    let user = record.session.user_id;
    transaction!(world, |tx| tx.sessions().end(user, scope, world.after(5)).await).unwrap();
    let session = Session { ended_at: Some(world.after(5)), ..record.session };
    let ended = PageRecord { session, ..record };
    assert_eq!(found(&world, ended.page.cookie).await, Some(ended));
}

pub async fn an_idle_expiry_is_moved_alone_and_never_back(world: World) {
    let user = world.user().await.id;
    let (record, other) = (sign_in(&world, user).await, sign_in(&world, user).await);
    for (until, expected) in [(700, 700), (650, 700), (700, 700), (900, 900)] {
        extend(&world, record.session.id, world.after(until)).await;
        let page = PageSession { idle_expires_at: world.after(expected), ..record.page.clone() };
        let moved = PageRecord { page, session: record.session.clone() };
        assert_eq!(found(&world, record.page.cookie).await, Some(moved));
    }
    extend(&world, world.session(user).await.id, world.after(900)).await;
    assert_eq!(found(&world, other.page.cookie).await, Some(other));
}

pub async fn the_time_of_the_password_is_stored_alone(world: World) {
    let user = world.user().await.id;
    let (record, other) = (sign_in(&world, user).await, sign_in(&world, user).await);
    assert!(confirm(&world, record.session.id, world.after(9)).await);
    let page = PageSession { authenticated_at: world.after(9), ..record.page.clone() };
    let confirmed = PageRecord { page, session: record.session };
    assert_eq!(found(&world, record.page.cookie).await, Some(confirmed));
    assert_eq!(found(&world, other.page.cookie).await, Some(other));
    assert!(
        !confirm(&world, world.session(user).await.id, world.after(9)).await,
        "a session without a cookie"
    );
    assert!(!confirm(&world, world.new_session(user).0.id, world.after(9)).await, "an unknown session");
}

pub async fn a_session_is_not_listed_from_its_idle_expiry_on(world: World) {
    let user = world.user().await.id;
    let (page, login) = (sign_in(&world, user).await.session, world.session(user).await);
    let last_moment = world.after(600) + Duration::microseconds(-1);
    assert_eq!(listed(&world, user, last_moment).await, [page.clone(), login.clone()]);
    assert_eq!(listed(&world, user, world.after(600)).await, slice::from_ref(&login));
    extend(&world, page.id, world.after(900)).await;
    assert_eq!(listed(&world, user, world.after(600)).await, [page, login]);
}

pub async fn the_cookies_of_a_deleted_account_are_unknown(world: World) {
    let (mine, other) = (world.user().await.id, world.user().await.id);
    let (gone, kept) = (sign_in(&world, mine).await, sign_in(&world, other).await);
    transaction!(world, |tx| tx.users().delete(mine).await).unwrap();
    assert_eq!(found(&world, gone.page.cookie).await, None);
    assert_eq!(found(&world, kept.page.cookie).await, Some(kept));
}
