//! `Store::record_activity`.

use bailiwick_app::AuthorityQuery;
use bailiwick_kernel::{Lock, PageRequest, SessionId, Timestamp, UserId};
use bailiwick_users::{Activity, Session};

use super::races::a_while;
use super::world::World;

fn seen(session: &Session, at: Timestamp) -> Activity {
    Activity { user_id: session.user_id, session_id: session.id, at }
}

async fn record(world: &World, seen: &[Activity]) {
    assert_eq!(world.store.record_activity(seen).await, Ok(()));
}

async fn last_active(world: &World, user: UserId) -> Option<Timestamp> {
    read!(world, |tx| tx.users().find(user, Lock::None).await).unwrap().last_active
}

async fn last_seen(world: &World, session: &Session) -> Timestamp {
    let user = session.user_id;
    let listed = read!(world, |tx| tx.sessions().list(user, world.now, PageRequest::default()).await);
    listed.items.into_iter().find(|found| found.id == session.id).unwrap().last_seen_at
}

pub async fn activity_is_recorded_and_nothing_else_changes(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let (session, idle) = (world.session(user.id).await, world.session(user.id).await);
    let foreign = world.session(other.id).await;
    record(&world, &[seen(&session, world.after(7)), seen(&foreign, world.after(8))]).await;

    let stored = read!(world, |tx| tx.users().find(user.id, Lock::None).await);
    assert_eq!(stored, Some(bailiwick_users::User { last_active: Some(world.after(7)), ..user.clone() }));
    assert_eq!(last_active(&world, other.id).await, Some(world.after(8)));
    let expected = [Session { last_seen_at: world.after(7), ..session }, idle];
    let page = PageRequest::default();
    assert_eq!(read!(world, |tx| tx.sessions().list(user.id, world.now, page).await).items, expected);
    assert_eq!(last_seen(&world, &foreign).await, world.after(8));
}

pub async fn activity_never_goes_back_in_time(world: World) {
    let user = world.user().await.id;
    let session = world.session(user).await;
    for (seconds, known) in [(9, 9), (8, 9), (9, 9), (-5, 9), (10, 10)] {
        record(&world, &[seen(&session, world.after(seconds))]).await;
        assert_eq!(last_active(&world, user).await, Some(world.after(known)));
        assert_eq!(last_seen(&world, &session).await, world.after(known));
    }
}

pub async fn the_latest_of_several_sessions_counts_for_the_account(world: World) {
    let user = world.user().await.id;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(world.session(user).await);
    }
    let times = [20, 40, 30];
    let all: Vec<_> =
        sessions.iter().zip(times).map(|(session, seconds)| seen(session, world.after(seconds))).collect();
    record(&world, &all).await;
    assert_eq!(last_active(&world, user).await, Some(world.after(40)));
    for (session, seconds) in sessions.iter().zip(times) {
        assert_eq!(last_seen(&world, session).await, world.after(seconds));
    }
}

pub async fn deleted_accounts_and_sessions_are_left_out_of_the_activity(world: World) {
    let user = world.user().await.id;
    let session = world.session(user).await;
    let (deleted, kept) = (world.user().await.id, world.user().await.id);
    let gone = world.session(deleted).await;
    let without_session =
        Activity { user_id: kept, session_id: world.new_session(kept).0.id, at: world.after(9) };
    transaction!(world, |tx| tx.users().delete(deleted).await).unwrap();
    record(&world, &[seen(&gone, world.after(9)), without_session, seen(&session, world.after(9))]).await;
    assert_eq!(last_active(&world, user).await, Some(world.after(9)));
    assert_eq!(read!(world, |tx| tx.users().find(deleted, Lock::None).await), None);
    assert_eq!(view_of(&world, deleted, gone.id).await, None);
    record(&world, &[]).await;
}

async fn view_of(world: &World, user: UserId, session: SessionId) -> Option<bailiwick_app::AuthorityView> {
    world.store.load_view(&AuthorityQuery { user, session: Some(session), org: None }).await.unwrap()
}

/// A store with a single writer records the activity after the commit. Another store records it at
/// once and leaves out the locked account.
pub async fn activity_is_recorded_while_somebody_is_held(world: World) {
    let (held, free) = (world.user().await.id, world.user().await.id);
    let (session, other) = (world.session(held).await, world.session(free).await);
    let mut holder = world.begin().await;
    holder.users().find(held, Lock::Update).await.unwrap();
    let note = [seen(&session, world.after(9)), seen(&other, world.after(9))];
    let task = world.clone();
    let task = tokio::spawn(async move { task.store.record_activity(&note).await });
    a_while(&world).await;
    let did_not_wait = task.is_finished();
    holder.commit().await.unwrap();
    assert_eq!(task.await.unwrap(), Ok(()));
    assert_eq!(last_active(&world, free).await, Some(world.after(9)));
    assert!(!did_not_wait || last_active(&world, held).await != Some(world.after(9)));
    // The session that was left out is recorded with its next activity.
    record(&world, &[seen(&session, world.after(10))]).await;
    assert_eq!(last_active(&world, held).await, Some(world.after(10)));
}
