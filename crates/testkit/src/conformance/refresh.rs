//! `SessionRepo`: refresh tokens.

use bailiwick_app::{AuthorityQuery, Error};
use bailiwick_kernel::{Lock, PageRequest, Timestamp, TokenHash};
use bailiwick_users::{RefreshGrant, RefreshRecord, Session, SessionScope};

use super::world::World;

/// Stores a session with its first refresh token.
pub async fn login(world: &World) -> (Session, RefreshGrant) {
    let user = world.user().await.id;
    let (session, grant) = world.new_session(user);
    transaction!(world, |tx| tx.sessions().insert(&session, &grant).await).unwrap();
    (session, grant)
}

/// Returns a new refresh token of this session, not stored.
pub fn next(world: &World, session: &Session) -> RefreshGrant {
    RefreshGrant {
        hash: world.token(),
        session_id: session.id,
        issued_at: world.after(3),
        expires_at: world.after(900),
    }
}

async fn held(world: &World, hash: TokenHash) -> Option<RefreshRecord> {
    transaction!(world, |tx| tx.sessions().find_by_refresh(&hash, Lock::Update).await).unwrap()
}

async fn rotate(world: &World, used: TokenHash, next: &RefreshGrant, now: Timestamp) -> bool {
    transaction!(world, |tx| tx.sessions().rotate(&used, next, now).await).unwrap()
}

/// Returns the session as the list of its account shows it.
async fn shown(world: &World, session: &Session) -> Option<Session> {
    let user = session.user_id;
    let listed = read!(world, |tx| tx.sessions().list(user, world.now, PageRequest::default()).await);
    listed.items.into_iter().find(|found| found.id == session.id)
}

pub async fn a_refresh_token_is_found_with_its_session(world: World) {
    let (session, grant) = login(&world).await;
    login(&world).await;
    let found = read!(world, |tx| tx.sessions().find_by_refresh(&grant.hash, Lock::None).await);
    let expected = RefreshRecord { grant: grant.clone(), used_at: None, successor: None, session };
    assert_eq!(found.as_ref(), Some(&expected));
    assert_eq!(held(&world, grant.hash).await, Some(expected));
    let unknown = world.token();
    assert_eq!(read!(world, |tx| tx.sessions().find_by_refresh(&unknown, Lock::None).await), None);
    assert_eq!(held(&world, unknown).await, None);
}

pub async fn a_refresh_token_is_used_once_and_followed_by_the_next(world: World) {
    let (session, first) = login(&world).await;
    let (second, third) = (next(&world, &session), next(&world, &session));
    assert!(rotate(&world, first.hash, &second, world.after(7)).await);
    let seen = Session { last_seen_at: world.after(7), ..session.clone() };
    let used = RefreshRecord {
        grant: first.clone(),
        used_at: Some(world.after(7)),
        successor: Some(second.hash),
        session: seen.clone(),
    };
    assert_eq!(held(&world, first.hash).await, Some(used.clone()));
    let fresh = RefreshRecord { grant: second.clone(), used_at: None, successor: None, session: seen };
    assert_eq!(held(&world, second.hash).await, Some(fresh));

    assert!(!rotate(&world, first.hash, &third, world.after(8)).await, "a used token");
    assert!(!rotate(&world, world.token(), &third, world.after(8)).await, "an unknown token");
    assert_eq!(held(&world, third.hash).await, None);
    assert_eq!(held(&world, first.hash).await, Some(used), "a refused rotation changes nothing");

    assert!(rotate(&world, second.hash, &third, world.after(9)).await);
    assert_eq!(held(&world, third.hash).await.unwrap().used_at, None);
    assert_eq!(held(&world, second.hash).await.unwrap().used_at, Some(world.after(9)));
}

pub async fn a_refresh_token_renews_its_own_session_alone(world: World) {
    let ((mine, grant), (other, foreign)) = (login(&world).await, login(&world).await);
    let crossed = next(&world, &other);
    assert!(!rotate(&world, grant.hash, &crossed, world.after(7)).await);
    assert_eq!(held(&world, crossed.hash).await, None);
    let own = next(&world, &mine);
    assert!(rotate(&world, grant.hash, &own, world.after(7)).await);
    assert_eq!(held(&world, foreign.hash).await.unwrap().used_at, None);
    assert_eq!(shown(&world, &other).await, Some(other));
}

pub async fn a_renewal_never_sets_a_session_back_in_time(world: World) {
    let (session, first) = login(&world).await;
    let second = next(&world, &session);
    assert!(rotate(&world, first.hash, &second, world.after(-5)).await);
    assert_eq!(held(&world, first.hash).await.unwrap().used_at, Some(world.after(-5)));
    assert_eq!(shown(&world, &session).await, Some(session));
}

pub async fn a_renewal_that_is_rolled_back_was_none(world: World) {
    let (session, first) = login(&world).await;
    let second = next(&world, &session);
    let mut tx = world.begin().await;
    assert_eq!(tx.sessions().rotate(&first.hash, &second, world.after(7)).await, Ok(true));
    assert_eq!(tx.sessions().rotate(&first.hash, &second, world.after(7)).await, Ok(false));
    tx.rollback().await.unwrap();
    let unused = RefreshRecord { grant: first.clone(), used_at: None, successor: None, session };
    assert_eq!(held(&world, first.hash).await, Some(unused));
    assert_eq!(held(&world, second.hash).await, None);
}

pub async fn the_tokens_of_an_ended_session_are_known_to_be_its(world: World) {
    let (session, grant) = login(&world).await;
    transaction!(world, |tx| tx
        .sessions()
        .end(session.user_id, SessionScope::One(session.id), world.after(2))
        .await)
    .unwrap();
    let ended = Session { ended_at: Some(world.after(2)), ..session };
    let known = RefreshRecord { grant: grant.clone(), used_at: None, successor: None, session: ended };
    assert_eq!(held(&world, grant.hash).await, Some(known));
}

pub async fn the_tokens_of_a_deleted_account_are_unknown(world: World) {
    let (session, first) = login(&world).await;
    let second = next(&world, &session);
    assert!(rotate(&world, first.hash, &second, world.after(7)).await);
    transaction!(world, |tx| tx.users().delete(session.user_id).await).unwrap();
    for grant in [first, second] {
        assert_eq!(read!(world, |tx| tx.sessions().find_by_refresh(&grant.hash, Lock::None).await), None);
        assert_eq!(held(&world, grant.hash).await, None);
    }
    let query = AuthorityQuery { user: session.user_id, session: Some(session.id), org: None };
    assert_eq!(world.store.load_view(&query).await.map_err(Error::from), Ok(None));
}
