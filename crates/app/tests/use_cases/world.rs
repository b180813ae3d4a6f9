//! An application on fakes, and accounts in it.

use std::sync::Arc;
use std::time::Duration as StdDuration;

use bailiwick_app::accounts::{CreateAdmin, LogIn, LoggedIn, SignUp, SignedUp};
use bailiwick_app::authority::permission::{InvitationsWrite, RolesRead};
use bailiwick_app::authority::{ActiveMember, Authenticated, Permit, Public};
use bailiwick_app::changes::Vetoes;
use bailiwick_app::invitations::{Invite, SignUpByInvitation};
use bailiwick_app::roles::ListRoles;
use bailiwick_app::{
    AccessClaims, AccessTokens, Actor, Allow, App, Error, Parts, PublicKey, Settings, Store, TokenFault,
};
use bailiwick_kernel::{
    ClaimedToken, DisplayName, Email, Lock, OrgId, RoleId, ServerKey, SessionId, Timestamp, UserId,
};
use bailiwick_rbac::Pattern;
use bailiwick_roles::{Level, RoleDraft};
use bailiwick_testkit::{
    CapturedMail, FreeThrottle, ManualClock, ManualStopwatch, MemoryStore, OpenBus, QuickHasher, SeededIds,
};
use bailiwick_users::{Password, User};

/// Access tokens without a signature, which a test can read and forge.
struct OpenTokens;

impl AccessTokens for OpenTokens {
    fn sign(&self, claims: &AccessClaims) -> String {
        format!("{} {} {}", claims.user, claims.session, claims.expires_at.unix_seconds())
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let parts: Vec<_> = token.split(' ').collect();
        let [user, session, expiry] = parts[..] else { return Err(TokenFault::PartCount(parts.len())) };
        let expires_at = Timestamp::from_unix_seconds(expiry.parse().unwrap()).unwrap();
        if now >= expires_at {
            return Err(TokenFault::Expired(now - expires_at));
        }
        let (user, session) = (UserId::parse(user).unwrap(), SessionId::parse(session).unwrap());
        Ok(AccessClaims { user, session, issued_at: now, expires_at })
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        Vec::new()
    }
}

pub struct World {
    pub app: App,
    pub store: MemoryStore,
    pub mail: Arc<CapturedMail>,
    pub clock: Arc<ManualClock>,
}

/// The session of an account, with its organization.
#[derive(Clone, Copy)]
pub struct Person {
    pub actor: Actor,
    pub org: OrgId,
}

pub fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

pub fn email(text: &str) -> Email {
    Email::parse(&format!("{text}@example.com")).unwrap()
}

pub fn password() -> Password {
    Password::parse("correct horse battery").unwrap()
}

pub fn draft(role: &str, level: i64, grants: &[&str]) -> RoleDraft {
    RoleDraft {
        name: name(role),
        description: String::new(),
        level: Level::custom(level).unwrap(),
        permissions: grants.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Self {
        let (store, mail) = (MemoryStore::new(), Arc::new(CapturedMail::new()));
        let clock = Arc::new(ManualClock::new());
        let app = App::new(Parts {
            store: Arc::new(store.clone()),
            hasher: Arc::new(QuickHasher),
            tokens: Arc::new(OpenTokens),
            mailer: mail.clone(),
            throttle: Arc::new(FreeThrottle),
            bus: Arc::new(OpenBus::default()),
            clock: clock.clone(),
            stopwatch: Arc::new(ManualStopwatch::default()),
            ids: Arc::new(SeededIds::default()),
            server_key: ServerKey::new(&[7; 32]),
            vetoes: Vetoes::default(),
            settings: Settings { answer_pace: StdDuration::ZERO, ..settings },
        });
        Self { app, store, mail, clock }
    }

    pub async fn sign_up(&self, who: &str) -> Result<SignedUp, Error> {
        let request = SignUp {
            email: email(who),
            password: password(),
            first_name: name(who),
            last_name: name("Tester"),
            organization_name: None,
        };
        self.app.sign_up(&Public, &request).await
    }

    /// Signs up and logs in an account, which owns a new organization.
    pub async fn owner(&self, who: &str) -> Person {
        let SignedUp::Created(_, org) = self.sign_up(who).await.unwrap() else {
            panic!("no verification needed")
        };
        Person { actor: self.log_in(who).await, org: org.id }
    }

    pub async fn log_in(&self, who: &str) -> Actor {
        self.actor(&self.try_log_in(who, password()).await.unwrap())
    }

    pub async fn try_log_in(&self, who: &str, password: Password) -> Result<LoggedIn, Error> {
        let request = LogIn { email: email(who).to_string(), password: Some(password) };
        self.app.log_in(&Public, &request).await
    }

    pub fn actor(&self, login: &LoggedIn) -> Actor {
        self.app.read_token(login.access_token.reveal()).unwrap()
    }

    /// Returns the proof that the session is valid.
    pub async fn authenticated(&self, actor: Actor) -> Result<Authenticated, Error> {
        self.app.authority().authenticated(&actor).await
    }

    /// Logs in a new platform administrator.
    pub async fn root(&self) -> Actor {
        let request = CreateAdmin {
            email: email("root"),
            password: password(),
            first_name: name("Root"),
            last_name: name("Admin"),
        };
        self.app.create_admin(&Public, &request).await.unwrap();
        self.log_in("root").await
    }

    /// Returns the account as it is stored.
    pub async fn stored(&self, who: &str) -> Option<User> {
        let mut tx = self.store.begin_read().await.unwrap();
        tx.users().find_by_email(&email(who), Lock::None).await.unwrap()
    }

    /// Whether the organization exists and is not archived.
    pub async fn exists(&self, org: OrgId) -> bool {
        self.store.begin_read().await.unwrap().orgs().find(org, Lock::None).await.unwrap().is_some()
    }

    /// Returns the proof that `person` has the permission `P` in their own organization.
    pub async fn allow<P: Permit>(&self, person: Person) -> Result<Allow<P>, Error> {
        self.app.authority().check_uncached(&person.actor, person.org).await
    }

    /// Adds `who` to the organization of `by` with this role.
    pub async fn bring_in(&self, by: Person, who: &str, role: RoleId) -> Person {
        let allow = self.allow::<InvitationsWrite>(by).await.unwrap();
        self.app.run(&allow, &Invite { email: email(who), role, message: None }).await.unwrap();
        let token = self.secret_for(who).await;
        let request = SignUpByInvitation {
            token: ClaimedToken::new(token),
            email: email(who),
            password: password(),
            first_name: name(who),
            last_name: name("Tester"),
        };
        self.app.sign_up_by_invitation(&Public, &request).await.unwrap();
        Person { actor: self.log_in(who).await, org: by.org }
    }

    /// Returns the proof that `person` is an active member of their own organization.
    pub async fn member(&self, person: Person) -> Result<ActiveMember, Error> {
        self.app.authority().member(&person.actor, person.org).await
    }

    pub async fn secret_for(&self, who: &str) -> String {
        self.app.outbox().send_due().await.unwrap();
        self.mail.take_secret_for(&email(who)).unwrap().reveal().to_owned()
    }

    /// Returns the id of a role of the organization of `by`.
    pub async fn role_named(&self, by: Person, name: &str) -> RoleId {
        let allow = self.allow::<RolesRead>(by).await.unwrap();
        let roles = self.app.query(&allow, &ListRoles).await.unwrap();
        roles.iter().find(|role| role.name.as_str() == name).unwrap().id
    }
}
