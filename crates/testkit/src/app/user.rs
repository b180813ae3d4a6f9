//! Users as tests want them: account, organization, role and state.

use std::future::IntoFuture;
use std::pin::Pin;

use serde_json::{Value, json};

use crate::app::service::PASSWORD;
use crate::app::{Caller, TestApp};

impl TestApp {
    /// Signs up `NAME@example.com` and logs it in.
    pub async fn sign_up(&self, name: &str) -> Caller {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        self.found(&email, body).await
    }

    /// Signs up an account that founds an organization, and logs it in.
    pub(super) async fn found(&self, email: &str, body: Value) -> Caller {
        self.post.expect_verification(email);
        let reply = self.anyone().post("/auth/signup", body).await.is(201);
        let org = reply.text_of("/organization/id");
        Caller { org, ..self.log_in(email).await }
    }

    /// Logs in an account whose password is [`PASSWORD`].
    pub async fn log_in(&self, email: &str) -> Caller {
        let body = json!({ "email": email, "password": PASSWORD });
        let login = self.anyone().post("/auth/login", body).await.is(200);
        let caller = self.anyone().with_token(&login.text_of("/access_token"));
        let id = caller.get("/auth/me").await.is(200).text_of("/id");
        Caller { id, email: email.to_owned(), ..caller }
    }

    /// Logs the account of `user` in once more, acting in the same organization.
    pub async fn log_in_again(&self, user: &Caller) -> Caller {
        self.log_in(&user.email).await.in_org(user)
    }

    /// Invites `NAME@example.com` into the organization of `inviter` as `role`, signs it up by the
    /// invitation and logs it in.
    pub async fn bring_in(&self, inviter: &Caller, name: &str, role: &str) -> Caller {
        self.user(name).in_org(inviter).role(role).await
    }

    /// Returns a builder of the user `NAME@example.com`. Awaited as it is, the user signs up and founds an
    /// organization; with [`UserBuilder::in_org`] the user is invited and accepts:
    /// `app.user("bob").in_org(&ada).role("admin").await`.
    pub fn user<'a>(&'a self, name: &'a str) -> UserBuilder<'a> {
        UserBuilder { app: self, name, inviter: None, role: "member", suspended: false }
    }
}

/// A user to be created by `await`.
#[must_use = "nobody is created until it is awaited"]
pub struct UserBuilder<'a> {
    app: &'a TestApp,
    name: &'a str,
    inviter: Option<&'a Caller>,
    role: &'a str,
    suspended: bool,
}

impl std::fmt::Debug for UserBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, role, suspended, .. } = self;
        write!(f, "UserBuilder({name}, {role}, suspended: {suspended})")
    }
}

impl<'a> UserBuilder<'a> {
    /// The user becomes a member of the organization of `inviter`, who invites them: a caller, or the owner
    /// of an [`Org`](crate::app::Org).
    pub fn in_org(mut self, inviter: &'a (impl AsRef<Caller> + ?Sized)) -> Self {
        self.inviter = Some(inviter.as_ref());
        self
    }

    /// The role in the inviter's organization, by name; `member` otherwise.
    pub fn role(mut self, name: &'a str) -> Self {
        self.role = name;
        self
    }

    /// The inviter suspends the new member.
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }

    async fn create(self) -> Caller {
        let Some(inviter) = self.inviter else {
            assert!(!self.suspended, "{} is a member of no other organization", self.name);
            return self.app.sign_up(self.name).await;
        };
        let email = format!("{}@example.com", self.name);
        inviter.invite(&email, self.role).await.is(200);
        let token = self.app.post.secret_for(&email).await;
        let body = json!({ "token": token, "email": email, "password": PASSWORD, "first_name": self.name, "last_name": "Tester" });
        self.app.anyone().post("/auth/signup-invite", body).await.is(201);
        let user = self.app.log_in(&email).await.in_org(inviter);
        if self.suspended {
            inviter.suspend(&user).await.is(200);
        }
        user
    }
}

impl<'a> IntoFuture for UserBuilder<'a> {
    type Output = Caller;
    type IntoFuture = Pin<Box<dyn Future<Output = Caller> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.create())
    }
}
