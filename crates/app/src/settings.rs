//! Settings of the use cases.

use std::time::Duration as StdDuration;

use bailiwick_roles::{DeclaredPermission, ProductPermissions};
use bailiwick_users::Lockout;
use time::Duration;

use crate::refusal::OwnRefusal;
use crate::throttle::Limits;

/// Settings of the use cases. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Whether an address must be verified before the first login.
    pub require_verified_email: bool,
    /// The product's own resources, which the system roles grant.
    pub resources: Vec<String>,
    /// The product's own permissions that are declared one by one. At the next start the system roles of
    /// existing organizations get them too.
    pub declared: Vec<DeclaredPermission>,
    /// The refusals that the embedding program defines. `/problems` explains them.
    pub refusals: Vec<OwnRefusal>,
    /// Lifetime of an access token.
    pub access_ttl: Duration,
    /// Lifetime of a refresh token.
    pub refresh_ttl: Duration,
    /// Maximum age of a session; no renewal extends it.
    pub session_ttl: Duration,
    /// Time after which the cookie of an unused session of the pages expires. Use moves it at most once
    /// an hour, so it must be longer than that.
    pub page_session_idle: Duration,
    /// Lifetime of an invitation.
    pub invitation_ttl: Duration,
    /// Lifetime of a link that verifies or confirms an address.
    pub verification_ttl: Duration,
    /// Whether rate limits apply. `false` turns all of them off, including that of failed logins.
    pub throttle_enabled: bool,
    /// The rate limits.
    pub limits: Limits,
    /// Delays after failed logins of an account from a client.
    pub lockout: Lockout,
    /// Maximum time that a login waits for others of the same account and client that are in
    /// progress, before it is refused because of them. Must be less than the request timeout.
    pub login_wait: StdDuration,
    /// Lifetime of a link that sets a new password.
    pub reset_ttl: Duration,
    /// Lifetime of the link that creates the first administrator.
    pub setup_ttl: Duration,
    /// Unit of the response time of requests that must not reveal whether an address has an
    /// account: they respond at a multiple of it. It must be longer than the work takes. Zero turns
    /// this off.
    pub answer_pace: StdDuration,
}

impl Settings {
    /// The permissions of the product.
    pub fn product(&self) -> ProductPermissions<'_> {
        ProductPermissions { resources: &self.resources, declared: &self.declared }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require_verified_email: false,
            resources: vec!["kb".to_owned()],
            declared: Vec::new(),
            refusals: Vec::new(),
            access_ttl: Duration::minutes(60),
            refresh_ttl: Duration::days(14),
            session_ttl: Duration::days(30),
            page_session_idle: Duration::days(7),
            invitation_ttl: Duration::hours(48),
            verification_ttl: Duration::hours(24),
            throttle_enabled: true,
            limits: Limits::default(),
            lockout: Lockout::default(),
            login_wait: StdDuration::from_secs(2),
            reset_ttl: Duration::minutes(60),
            setup_ttl: Duration::minutes(30),
            answer_pace: StdDuration::from_millis(250),
        }
    }
}
