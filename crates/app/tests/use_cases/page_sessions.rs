//! The session of the pages: opened by signing in, found by its cookie, and ended by what ends a session.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::accounts::{
    ChangePassword, ConfirmPassword, DeactivateMe, EndSession, ForgotPassword, LogIn, LogOut,
    LogOutEverywhere, MySession, MySessions, PageCaller, ResetPassword, SignedIn, SignedUp,
};
use bailiwick_app::audit::{Action, AuditFilter, Entry};
use bailiwick_app::authority::Public;
use bailiwick_app::ports::Tx;
use bailiwick_app::{Actor, App, Denial, Error, Parts, Settings, Store};
use bailiwick_kernel::{ClaimedToken, PageRequest, PlainToken, StoreError, Timestamp};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use bailiwick_users::{Password, UserError};
use time::Duration;

use crate::world::{World, email, password};

fn another() -> Password {
    Password::parse("staple battery horse").unwrap()
}

fn sent(cookie: &PlainToken) -> ClaimedToken {
    ClaimedToken::new(cookie.reveal().to_owned())
}

async fn try_sign_in(
    world: &World,
    who: &str,
    password: Password,
    former: Option<&PlainToken>,
) -> Result<SignedIn, Error> {
    let request = LogIn { email: email(who).to_string(), password: Some(password) };
    world.app.sign_in(&Public, &request, former.map(sent).as_ref()).await
}

async fn sign_in(world: &World, who: &str) -> SignedIn {
    try_sign_in(world, who, password(), None).await.unwrap()
}

async fn caller(world: &World, cookie: &PlainToken) -> Option<PageCaller> {
    world.app.page_session(&sent(cookie)).await.unwrap()
}

/// Whether a page answers to the cookie: it finds a session, and authority accepts its actor.
async fn is_in(world: &World, cookie: &PlainToken) -> bool {
    match caller(world, cookie).await {
        Some(caller) => world.authenticated(caller.actor).await.is_ok(),
        None => false,
    }
}

async fn confirm(world: &World, actor: Actor, password: Password) -> Result<(), Error> {
    let proof = world.authenticated(actor).await?;
    world.app.confirm_password(&proof, &ConfirmPassword { password: Some(password) }).await
}

async fn listed(world: &World, actor: Actor) -> Vec<MySession> {
    let proof = world.authenticated(actor).await.unwrap();
    world.app.query(&proof, &MySessions::default()).await.unwrap().items
}

/// Returns the stored idle expiry.
async fn idle_expiry(world: &World, cookie: &PlainToken) -> Timestamp {
    let mut tx = world.store.begin_read().await.unwrap();
    tx.sessions().find_page(&cookie.hash()).await.unwrap().unwrap().page.idle_expires_at
}

async fn logouts(world: &World) -> Vec<Entry> {
    let filter = AuditFilter { actions: Some(Action::SessionLogout.into()), ..AuditFilter::default() };
    let mut tx = world.store.begin_read().await.unwrap();
    tx.audit().list(None, &filter, PageRequest::default()).await.unwrap().items
}

#[tokio::test]
async fn signing_in_opens_a_session_like_a_login() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let SignedIn { session, cookie } = sign_in(&world, "ada").await;
    let found = caller(&world, &cookie).await.unwrap();
    assert_eq!(found.actor, Actor { user: ada.actor.user, session: session.id });
    assert!(found.is_fresh);
    let sessions = listed(&world, found.actor).await;
    assert_eq!(sessions.iter().map(|mine| mine.is_current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(sessions[1].session, session);
    assert_eq!(session.expires_at, world.clock.advance(Duration::ZERO) + Duration::days(30));
}

#[tokio::test]
async fn what_is_no_cookie_finds_nothing() {
    let world = World::new();
    world.owner("ada").await;
    let login = world.try_log_in("ada", password()).await.unwrap();
    let cookie = sign_in(&world, "ada").await.cookie;
    let text = cookie.reveal();
    let refresh = login.refresh_token.reveal();
    let unknown = format!("pag_{}", "A".repeat(43));
    let others =
        ["", "pag_", &text[4..], &format!("{text} "), &text.replace("pag_", "ref_"), refresh, &unknown];
    for other in others {
        let found = world.app.page_session(&ClaimedToken::new(other.to_owned())).await;
        assert_eq!(found, Ok(None), "{other}");
    }
    assert!(is_in(&world, &cookie).await);
}

#[tokio::test]
async fn no_message_shows_the_cookie() {
    let world = World::new();
    world.owner("ada").await;
    let signed_in = sign_in(&world, "ada").await;
    let found = caller(&world, &signed_in.cookie).await;
    let shown = format!("{signed_in:?} {:?} {found:?}", sent(&signed_in.cookie));
    assert!(!shown.contains(&signed_in.cookie.reveal()[4..]), "{shown}");
    let mut tx = world.store.begin_read().await.unwrap();
    let record = tx.sessions().find_page(&signed_in.cookie.hash()).await.unwrap();
    assert!(format!("{record:?}").contains("cookie: TokenHash(***)"));
    let trail = tx.audit().list(None, &AuditFilter::default(), PageRequest::default()).await.unwrap();
    assert!(!format!("{trail:?}").contains(&signed_in.cookie.reveal()[4..]));
}

#[tokio::test]
async fn signing_in_is_refused_like_a_login_and_shares_its_limits() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let former = sign_in(&world, "ada").await.cookie;
    for who in ["ada", "nobody"] {
        let refused = try_sign_in(&world, who, another(), Some(&former)).await.map(|_| ());
        assert_eq!(refused, Err(UserError::BadCredentials.into()));
    }
    assert!(is_in(&world, &former).await, "a refused login ends nothing");
    for _ in 0..4 {
        assert!(world.try_log_in("ada", another()).await.is_err());
    }
    let refused = try_sign_in(&world, "ada", password(), None).await.map(|_| ());
    assert!(matches!(refused, Err(Error::Throttled(_))), "{refused:?}");
    world.clock.advance(Duration::minutes(1));
    assert!(try_sign_in(&world, "ada", password(), None).await.is_ok());

    let proof = world.authenticated(ada.actor).await.unwrap();
    world.app.run(&proof, &DeactivateMe).await.unwrap();
    let refused = try_sign_in(&world, "ada", password(), None).await.map(|_| ());
    assert_eq!(refused, Err(UserError::Deactivated.into()));
}

#[tokio::test]
async fn signing_in_ends_the_session_of_the_former_cookie() {
    let world = World::new();
    let ada = world.owner("ada").await;
    world.owner("bob").await;
    let first = sign_in(&world, "ada").await;
    let second = try_sign_in(&world, "ada", password(), Some(&first.cookie)).await.unwrap();
    assert_ne!(second.session.id, first.session.id);
    assert!(!is_in(&world, &first.cookie).await);
    assert!(world.authenticated(Actor { session: first.session.id, ..ada.actor }).await.is_err());
    let third = try_sign_in(&world, "bob", password(), Some(&second.cookie)).await.unwrap();
    assert!(!is_in(&world, &second.cookie).await, "a browser has one session, of whatever account");
    let fourth = try_sign_in(&world, "bob", password(), Some(&first.cookie)).await.unwrap();
    assert!(is_in(&world, &third.cookie).await && is_in(&world, &fourth.cookie).await);
    assert!(world.authenticated(ada.actor).await.is_ok(), "no other session ends");

    let ended: Vec<_> = logouts(&world).await.iter().map(|row| row.target.unwrap().id.as_uuid()).collect();
    assert_eq!(ended, [second.session.id.as_uuid(), first.session.id.as_uuid()], "once each");
}

#[tokio::test]
async fn whatever_ends_a_session_ends_the_cookie() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let proof = world.authenticated(ada.actor).await.unwrap();

    let [one, left] = [sign_in(&world, "ada").await, sign_in(&world, "ada").await];
    let itself = world.authenticated(caller(&world, &one.cookie).await.unwrap().actor).await.unwrap();
    world.app.run(&itself, &LogOut).await.unwrap();
    assert!(!is_in(&world, &one.cookie).await && is_in(&world, &left.cookie).await);
    world.app.run(&proof, &EndSession { id: left.session.id }).await.unwrap();
    assert!(!is_in(&world, &left.cookie).await);

    let changed = sign_in(&world, "ada").await.cookie;
    let change = ChangePassword { current: Some(password()), new: another() };
    world.app.change_password(&proof, &change).await.unwrap();
    assert!(!is_in(&world, &changed).await);

    let forgotten = try_sign_in(&world, "ada", another(), None).await.unwrap().cookie;
    world.app.forgot_password(&Public, &ForgotPassword { email: email("ada") }).await.unwrap();
    let token = ClaimedToken::new(world.secret_for("ada").await);
    world.app.reset_password(&Public, &ResetPassword { token, password: password() }).await.unwrap();
    assert!(!is_in(&world, &forgotten).await);

    let everywhere = sign_in(&world, "ada").await.cookie;
    let proof = world.authenticated(world.log_in("ada").await).await.unwrap();
    world.app.run(&proof, &LogOutEverywhere).await.unwrap();
    assert!(!is_in(&world, &everywhere).await);

    let off = sign_in(&world, "ada").await;
    let proof = world.authenticated(world.log_in("ada").await).await.unwrap();
    world.app.run(&proof, &DeactivateMe).await.unwrap();
    let actor = Actor { user: ada.actor.user, session: off.session.id };
    assert_eq!(caller(&world, &off.cookie).await.unwrap().actor, actor);
    assert_eq!(world.authenticated(actor).await.map(|_| ()), Err(Denial::Deactivated.into()), "and why");
}

#[tokio::test]
async fn use_moves_the_idle_expiry_once_an_hour() {
    let world = World::new();
    world.owner("ada").await;
    let cookie = sign_in(&world, "ada").await.cookie;
    let opened = idle_expiry(&world, &cookie).await;
    world.clock.advance(Duration::hours(1) - Duration::microseconds(1));
    assert_eq!(caller(&world, &cookie).await.unwrap().expires_at, opened);
    assert_eq!(idle_expiry(&world, &cookie).await, opened);
    world.clock.advance(Duration::microseconds(1));
    let moved = opened + Duration::hours(1);
    assert_eq!(caller(&world, &cookie).await.unwrap().expires_at, moved);
    assert_eq!(idle_expiry(&world, &cookie).await, moved);
    world.clock.advance(Duration::minutes(59));
    caller(&world, &cookie).await.unwrap();
    assert_eq!(idle_expiry(&world, &cookie).await, moved);
}

#[tokio::test]
async fn a_cookie_lies_unused_for_too_long_and_the_session_has_its_end() {
    let world = World::new();
    let ada = world.owner("ada").await.actor;
    let (used, unused) = (sign_in(&world, "ada").await, sign_in(&world, "ada").await);
    for _ in 0..4 {
        world.clock.advance(Duration::days(7) - Duration::microseconds(1));
        assert!(is_in(&world, &used.cookie).await);
    }
    assert_eq!(caller(&world, &unused.cookie).await, None);
    let sessions: Vec<_> = listed(&world, ada).await.into_iter().map(|mine| mine.session.id).collect();
    assert_eq!(sessions, [ada.session, used.session.id], "an unused one is not listed");
    assert_eq!(caller(&world, &used.cookie).await.unwrap().expires_at, used.session.expires_at);
    world.clock.advance(Duration::days(2));
    assert!(is_in(&world, &used.cookie).await);
    world.clock.advance(Duration::microseconds(4));
    assert!(!is_in(&world, &used.cookie).await, "use does not extend the session");
}

#[tokio::test]
async fn a_password_given_again_is_fresh_for_five_minutes() {
    let world = World::new();
    world.owner("ada").await;
    let cookie = sign_in(&world, "ada").await.cookie;
    world.clock.advance(Duration::minutes(5) - Duration::microseconds(1));
    assert!(caller(&world, &cookie).await.unwrap().is_fresh);
    world.clock.advance(Duration::microseconds(1));
    let PageCaller { actor, is_fresh, .. } = caller(&world, &cookie).await.unwrap();
    assert!(!is_fresh);
    assert_eq!(confirm(&world, actor, another()).await, Err(UserError::BadCredentials.into()));
    assert!(!caller(&world, &cookie).await.unwrap().is_fresh);
    confirm(&world, actor, password()).await.unwrap();
    assert!(caller(&world, &cookie).await.unwrap().is_fresh);
    world.clock.advance(Duration::minutes(5));
    assert!(!caller(&world, &cookie).await.unwrap().is_fresh);
}

#[tokio::test]
async fn wrong_passwords_at_the_confirmation_count_as_failed_logins() {
    let world = World::new();
    world.owner("ada").await;
    let SignedIn { cookie, .. } = sign_in(&world, "ada").await;
    let actor = caller(&world, &cookie).await.unwrap().actor;
    for _ in 0..5 {
        assert_eq!(confirm(&world, actor, another()).await, Err(UserError::BadCredentials.into()));
    }
    let refused = confirm(&world, actor, password()).await;
    assert!(matches!(refused, Err(Error::Throttled(_))), "{refused:?}");
    assert!(matches!(world.try_log_in("ada", password()).await, Err(Error::Throttled(_))));
}

#[tokio::test]
async fn a_session_of_the_api_has_no_password_to_confirm() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let refused = confirm(&world, ada.actor, password()).await;
    assert_eq!(refused, Err(UserError::SessionNotFound.into()));
}

#[tokio::test]
async fn a_new_account_is_signed_in_unless_its_address_must_be_verified() {
    let world = World::new();
    world.owner("bob").await;
    let former = sign_in(&world, "bob").await.cookie;
    let SignedUp::Created(user, _) = world.sign_up("ada").await.unwrap() else { panic!("created") };
    let signed_in = world.app.sign_in_created(&Public, &user, Some(&sent(&former))).await.unwrap();
    assert_eq!(caller(&world, &signed_in.cookie).await.unwrap().actor.user, user.id);
    assert!(!is_in(&world, &former).await);

    let world = World::with(Settings { require_verified_email: true, ..Settings::default() });
    world.sign_up("ada").await.unwrap();
    let pending = world.stored("ada").await.unwrap();
    let refused = world.app.sign_in_created(&Public, &pending, None).await.map(|_| ());
    assert_eq!(refused, Err(UserError::NotVerified.into()));
}

/// A store that cannot be written.
struct Full(MemoryStore);

#[async_trait]
impl Delegate for Full {
    fn inner(&self) -> &dyn Store {
        &self.0
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        Err(StoreError::Unavailable("the disk is full".to_owned()))
    }
}

#[tokio::test]
async fn a_page_knows_its_caller_while_nothing_can_be_written() {
    let world = World::new();
    world.owner("ada").await;
    let cookie = sign_in(&world, "ada").await.cookie;
    let opened = idle_expiry(&world, &cookie).await;
    world.clock.advance(Duration::hours(2));
    let full = Arc::new(Delegating(Full(world.store.clone())));
    let app = App::new(Parts { store: full, ..world.app.parts().clone() });
    assert_eq!(app.page_session(&sent(&cookie)).await.unwrap().unwrap().expires_at, opened);
    assert_eq!(idle_expiry(&world, &cookie).await, opened);
}
