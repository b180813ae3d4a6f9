//! A user as a test wants them: account, organization, role and state.

use std::future::IntoFuture;
use std::pin::Pin;

use serde_json::json;

use crate::app::service::PASSWORD;
use crate::app::{Caller, TestApp};

impl TestApp {
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
    /// The user becomes a member of the organization of `inviter`, who invites them.
    pub fn in_org(mut self, inviter: &'a Caller) -> Self {
        self.inviter = Some(inviter);
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
