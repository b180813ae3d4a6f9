//! `SessionRepo`.

use bailiwick_app::ports::SessionView;
use bailiwick_app::{Error, Subject};
use bailiwick_users::Session;

use super::world::World;

async fn view(world: &World, session: &Session) -> Option<SessionView> {
    let subject = Subject { user: session.user_id, session: Some(session.id), org: None };
    world.store.load_view(&subject).await.unwrap().unwrap().session
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
