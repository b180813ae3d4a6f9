//! What the use cases can be told to do differently.

use std::time::Duration as StdDuration;

use bailiwick_users::Lockout;
use time::Duration;

use crate::throttle::Limits;

/// Settings of the use cases. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Whether an address must be verified before the first login.
    pub require_verified_email: bool,
    /// The product's own resources, which the system roles grant.
    pub resources: Vec<String>,
    /// Life of an access token.
    pub access_ttl: Duration,
    /// A refresh token unused for so long is worth nothing.
    pub refresh_ttl: Duration,
    /// No renewal carries a session beyond this age.
    pub session_ttl: Duration,
    /// Life of an invitation.
    pub invitation_ttl: Duration,
    /// Life of a link that verifies or confirms an address.
    pub verification_ttl: Duration,
    /// Whether anything is limited: `false` switches every throttle off, that of
    /// failed logins too.
    pub throttle_enabled: bool,
    /// How often something may be done.
    pub limits: Limits,
    /// How failed logins of an account from a client slow the next one down.
    pub lockout: Lockout,
    /// How long a login waits for others of the same account and client whose outcome is
    /// not known yet, before it is refused for their sake. Less than a request may take.
    pub login_wait: StdDuration,
    /// Life of a link that sets a new password.
    pub reset_ttl: Duration,
    /// Life of the link that makes the first administrator.
    pub setup_ttl: Duration,
    /// Answers whose time could tell whether an address has an account come at a
    /// multiple of this; longer than the work behind them takes. Zero: at once.
    pub answer_pace: StdDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            require_verified_email: false,
            resources: vec!["kb".to_owned()],
            access_ttl: Duration::minutes(60),
            refresh_ttl: Duration::days(14),
            session_ttl: Duration::days(30),
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
