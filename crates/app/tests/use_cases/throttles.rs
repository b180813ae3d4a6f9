//! Which requests count towards which limit, and when.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::accounts::{
    ChangeEmail, ExemptUser, ForgotPassword, LogIn, Refresh, ResendVerification, ResetPassword, SetUp,
};
use bailiwick_app::authority::Public;
use bailiwick_app::authority::permission::InvitationsWrite;
use bailiwick_app::invitations::{AcceptInvitation, Invite, SignUpByInvitation};
use bailiwick_app::organizations::CreateOrganization;
use bailiwick_app::{
    App, ClientInfo, Context, Error, Limit, Limits, Parts, Settings, Store, Throttle, ThrottleKey,
};
use bailiwick_invites::InviteError;
use bailiwick_kernel::{ClaimedToken, Clock, Lock, Timestamp};
use bailiwick_testkit::FreeThrottle;
use bailiwick_users::{
    AccountKey, ClientKey, HashError, Pair, Password, PasswordHash, PasswordHasher, UserChanges, UserError,
    Verdict,
};
use time::Duration;

use crate::world::{World, email, name, password};

/// A throttle that records what is taken and given back, and refuses one limit.
#[derive(Default)]
struct Ledger {
    entries: Mutex<Vec<String>>,
    refused: Option<&'static str>,
}

impl Ledger {
    fn refusing(name: &'static str) -> Arc<Self> {
        Arc::new(Self { refused: Some(name), ..Self::default() })
    }

    /// Takes the records made since the last call.
    fn entries(&self) -> Vec<String> {
        std::mem::take(&mut *self.entries.lock().unwrap())
    }

    fn write(&self, sign: char, limit: Limit, key: &ThrottleKey) {
        let whom = key.as_str().split(':').next().unwrap_or_default();
        self.entries.lock().unwrap().push(format!("{sign}{} {whom}", limit.name));
    }
}

#[async_trait]
impl Throttle for Ledger {
    async fn take(&self, limit: Limit, key: &ThrottleKey, _: Timestamp) -> Result<(), Duration> {
        if self.refused == Some(limit.name) {
            return Err(Duration::seconds(7));
        }
        self.write('+', limit, key);
        Ok(())
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey, _: Timestamp) {
        self.write('-', limit, key);
    }
}

/// A hasher that is always overloaded.
struct Overloaded;

#[async_trait]
impl PasswordHasher for Overloaded {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, HashError> {
        Err(HashError::Overloaded)
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        Err(HashError::Overloaded)
    }
}

fn from_somewhere() -> Context {
    let client = ClientInfo { device: None, ip: Some("192.0.2.1".parse().unwrap()) };
    Context { client, ..Context::default() }
}

/// The application of `world` with this throttle, called from a client address.
fn with(world: &World, throttle: Arc<dyn Throttle>) -> App {
    App::new(Parts { throttle, ..world.app.parts().clone() }).on_behalf(from_somewhere())
}

fn login(text: &str) -> LogIn {
    LogIn { email: email("ada").to_string(), password: Some(Password::parse(text).unwrap()) }
}

/// Returns an unknown token of the right form.
fn wrong(prefix: &str) -> String {
    format!("{prefix}{}", "A".repeat(43))
}

fn reset() -> ResetPassword {
    ResetPassword { token: ClaimedToken::new(wrong("rst_")), password: password() }
}

fn set_up() -> SetUp {
    SetUp {
        token: ClaimedToken::new(wrong("set_")),
        email: email("root"),
        password: password(),
        first_name: name("Root"),
        last_name: name("Tester"),
    }
}

fn by_invitation(token: &str) -> SignUpByInvitation {
    SignUpByInvitation {
        token: ClaimedToken::new(token.to_owned()),
        email: email("bob"),
        password: password(),
        first_name: name("Bob"),
        last_name: name("Tester"),
    }
}

async fn failures(world: &World) -> u32 {
    let pair = Pair {
        account: AccountKey::from(&email("ada")),
        client: ClientKey::of("192.0.2.1".parse().unwrap()),
    };
    let mut tx = world.store.begin().await.unwrap();
    let attempts = tx.attempts().find(&pair, world.clock.now(), Lock::Update).await.unwrap();
    tx.rollback().await.unwrap();
    attempts.failures
}

#[tokio::test]
async fn each_use_case_counts_towards_its_limit() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let role = world.role_named(ada, "guest").await;
    let ledger = Arc::new(Ledger::default());
    let app = with(&world, ledger.clone());
    let allow = world.allow::<InvitationsWrite>(ada).await.unwrap();

    app.sign_up_by_invitation(&Public, &by_invitation(&wrong("inv_"))).await.unwrap_err();
    assert_eq!(ledger.entries(), ["+accept client"]);
    app.reset_password(&Public, &reset()).await.unwrap_err();
    assert_eq!(ledger.entries(), ["+reset client"]);
    app.set_up(&Public, &set_up()).await.unwrap_err();
    assert_eq!(ledger.entries(), ["+set_up client"]);
    let account = world.app.authority().authenticated(&ada.actor).await.unwrap();
    let token = ClaimedToken::new("inv_wrong".to_owned());
    app.run(&account, &AcceptInvitation { token }).await.unwrap_err();
    assert_eq!(ledger.entries(), ["+accept client"]);
    let invite = Invite { email: email("bob"), role, message: None };
    let id = app.run(&allow, &invite).await.unwrap().invitation.id;
    let invited = ["+invite org", "+invite_of_account user", "+invite_of_address account"];
    assert_eq!(ledger.entries(), invited);
    app.resend_invitation(&allow, id).await.unwrap();
    assert_eq!(ledger.entries(), invited);
    app.invite_many(&allow, &[invite.clone(), invite]).await;
    assert_eq!(ledger.entries(), invited, "an address that is there twice costs nothing more");
    app.run(&account, &CreateOrganization { name: name("Acme"), slug: None }).await.unwrap();
    assert_eq!(ledger.entries(), ["+found user"]);
    let change = ChangeEmail { new_email: email("new"), password: Some(password()) };
    app.change_email(&account, &change).await.unwrap();
    let compared = ["+failed_login client", "-failed_login client"];
    let moved = ["+move_of_client client", "+move_of_account user", "+move_to_address account"];
    assert_eq!(ledger.entries(), [compared.as_slice(), &moved].concat());
    app.run(&Public, &ResendVerification { email: email("ada") }).await.unwrap();
    assert_eq!(ledger.entries(), ["+resend_of_client client", "+resend_of_account account"]);
    app.forgot_password(&Public, &ForgotPassword { email: email("ada") }).await.unwrap();
    assert_eq!(ledger.entries(), ["+forgot_of_client client", "+forgot_of_account account"]);
    app.log_in(&Public, &login("wrong password")).await.unwrap_err();
    assert_eq!(ledger.entries(), ["+failed_login client"]);
    let opened = app.log_in(&Public, &login("correct horse battery")).await.unwrap();
    assert_eq!(ledger.entries(), ["+failed_login client", "-failed_login client"]);
    let token = ClaimedToken::new(opened.refresh_token.reveal().to_owned());
    app.refresh(&Public, &Refresh { token }).await.unwrap();
    assert_eq!(ledger.entries(), ["+refresh session"]);
    // A client without an address is not limited.
    let from_nowhere = app.on_behalf(Context::default());
    from_nowhere.log_in(&Public, &login("correct horse battery")).await.unwrap();
    assert_eq!(ledger.entries(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_done_before_a_refusal() {
    let world = World::new();
    let throttled = Err(Error::Throttled(Duration::seconds(7)));
    // The hasher must not be called; it would fail as overloaded.
    let app = |refused| {
        let parts = Parts {
            hasher: Arc::new(Overloaded),
            throttle: Ledger::refusing(refused),
            ..world.app.parts().clone()
        };
        App::new(parts).on_behalf(from_somewhere())
    };
    let refused = app("accept").sign_up_by_invitation(&Public, &by_invitation(&wrong("inv_"))).await;
    assert_eq!(refused, throttled.clone());
    assert_eq!(app("set_up").set_up(&Public, &set_up()).await, throttled.clone());
    let refused = app("reset").reset_password(&Public, &reset()).await;
    assert_eq!(refused, throttled.clone().map(|_| ()));
    let refused = app("failed_login").log_in(&Public, &login("wrong password")).await;
    assert_eq!(refused.map(|_| ()), throttled.clone().map(|_| ()));
    assert_eq!(failures(&world).await, 0, "a refused client makes no attempt on an account");
    let resend = ResendVerification { email: email("ada") };
    let ledger = Ledger::refusing("resend_of_account");
    let refused = with(&world, ledger.clone()).run(&Public, &resend).await;
    assert_eq!(refused, throttled.map(|_| ()));
    assert_eq!(ledger.entries(), ["+resend_of_client client", "-resend_of_client client"]);
}

#[tokio::test]
async fn no_hash_is_spent_on_what_is_no_token() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let role = world.role_named(ada, "guest").await;
    let allow = world.allow::<InvitationsWrite>(ada).await.unwrap();
    world.app.run(&allow, &Invite { email: email("zoe"), role, message: None }).await.unwrap();
    let token = world.secret_for("zoe").await;
    // The hasher fails as overloaded if it is called.
    let app = App::new(Parts { hasher: Arc::new(Overloaded), ..world.app.parts().clone() });
    assert_eq!(app.reset_password(&Public, &reset()).await, Err(UserError::BadResetToken.into()));
    assert_eq!(app.set_up(&Public, &set_up()).await, Err(UserError::BadSetupToken.into()));
    let unknown = app.sign_up_by_invitation(&Public, &by_invitation(&wrong("inv_"))).await;
    assert_eq!(unknown, Err(InviteError::NotFound.into()));
    let others = app.sign_up_by_invitation(&Public, &by_invitation(&token)).await;
    assert_eq!(others, Err(InviteError::EmailMismatch.into()));
    let invited = SignUpByInvitation { email: email("zoe"), ..by_invitation(&token) };
    let asked = app.sign_up_by_invitation(&Public, &invited).await;
    assert_eq!(asked, Err(HashError::Overloaded.into()));
}

#[tokio::test]
async fn a_login_that_fails_for_another_reason_than_its_password_is_no_failure() {
    let world = World::new();
    world.owner("ada").await;
    let ledger = Arc::new(Ledger::default());
    let parts = Parts { hasher: Arc::new(Overloaded), throttle: ledger, ..world.app.parts().clone() };
    let app = App::new(parts).on_behalf(from_somewhere());
    for _ in 0..10 {
        let outcome = app.log_in(&Public, &login("correct horse battery")).await;
        assert_eq!(outcome.unwrap_err(), Error::Hash(HashError::Overloaded));
    }
    assert_eq!(failures(&world).await, 0);
    let ledger = Arc::new(Ledger::default());
    let app = with(&world, ledger.clone());
    for expected in 1..=5 {
        app.log_in(&Public, &login("wrong password")).await.unwrap_err();
        assert_eq!(failures(&world).await, expected);
    }
    ledger.entries();
    let outcome = app.log_in(&Public, &login("correct horse battery")).await.unwrap_err();
    assert_eq!(outcome, Error::Throttled(Duration::SECOND));
    assert_eq!(ledger.entries(), ["+failed_login client", "-failed_login client"], "nor is a refusal");
}

#[tokio::test]
async fn success_while_an_account_is_spared_clears_what_was_counted_before() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let app = with(&world, Arc::new(FreeThrottle));
    for _ in 0..5 {
        app.log_in(&Public, &login("wrong password")).await.unwrap_err();
    }
    let mut tx = world.store.begin().await.unwrap();
    tx.users().update(ada.actor.user, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let admin = world.app.authority().platform_admin(&ada.actor).await.unwrap();
    app.run(&admin, &ExemptUser { user: ada.actor.user, span: Duration::MINUTE }).await.unwrap();
    let wrong = app.log_in(&Public, &login("wrong password")).await.unwrap_err();
    assert_eq!(wrong, UserError::BadCredentials.into());
    assert_eq!(failures(&world).await, 5);
    app.log_in(&Public, &login("correct horse battery")).await.unwrap();
    assert_eq!(failures(&world).await, 0);
}

#[tokio::test]
async fn an_exemption_given_by_a_clock_that_was_ahead_does_not_outlast_its_span() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let app = with(&world, Arc::new(FreeThrottle));
    let mut tx = world.store.begin().await.unwrap();
    tx.users().update(ada.actor.user, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let start = world.clock.now();
    let exempt = ExemptUser { user: ada.actor.user, span: Duration::MINUTE };
    for (ahead, counted) in [(Duration::days(2), 1), (Duration::HOUR, 2), (Duration::ZERO, 2)] {
        world.clock.set(start + ahead);
        let admin = world.app.authority().platform_admin(&ada.actor).await.unwrap();
        app.run(&admin, &exempt).await.unwrap();
        world.clock.set(start);
        app.log_in(&Public, &login("wrong password")).await.unwrap_err();
        assert_eq!(failures(&world).await, counted, "{ahead}");
    }
}

#[tokio::test]
async fn the_numbers_that_are_set_hold() {
    let limits = Limits::default().with(Limit::ACCEPT.allowing(7));
    let world = World::with(Settings { limits, ..Settings::default() });
    let seen = Arc::new(Numbers::default());
    let app = with(&world, seen.clone());
    app.sign_up_by_invitation(&Public, &by_invitation(&wrong("inv_"))).await.unwrap_err();
    app.reset_password(&Public, &reset()).await.unwrap_err();
    assert_eq!(*seen.0.lock().unwrap(), [Limit::ACCEPT.allowing(7), Limit::RESET]);
}

/// A throttle that records the limits it is asked for.
#[derive(Default)]
struct Numbers(Mutex<Vec<Limit>>);

#[async_trait]
impl Throttle for Numbers {
    async fn take(&self, limit: Limit, _: &ThrottleKey, _: Timestamp) -> Result<(), Duration> {
        self.0.lock().unwrap().push(limit);
        Ok(())
    }

    async fn give_back(&self, _: Limit, _: &ThrottleKey, _: Timestamp) {}
}

#[tokio::test]
async fn where_it_is_switched_off_nothing_is_counted() {
    let world = World::with(Settings { throttle_enabled: false, ..Settings::default() });
    world.owner("ada").await;
    let ledger = Arc::new(Ledger::default());
    let app = with(&world, ledger.clone());
    for _ in 0..10 {
        app.log_in(&Public, &login("wrong password")).await.unwrap_err();
    }
    assert_eq!((failures(&world).await, ledger.entries()), (0, Vec::new()));
}
