//! Checks the settings together, and converts them to those of the use cases.

use std::time::Duration as StdDuration;

use time::Duration;

use super::keys::DECLARED;
use super::tree::Tree;
use super::{Settings, SettingsError};

impl Settings {
    /// Converts the tree, and checks the settings that are valid alone and contradict each other.
    pub(super) fn from_tree(tree: &Tree) -> Result<Self, SettingsError> {
        let settings: Self = tree.deserialize()?;
        match settings.for_use_cases().product().check() {
            Ok(()) => Ok(settings),
            Err(error) => Err(SettingsError::invalid(DECLARED, tree.origin(DECLARED), error.to_string())),
        }
    }

    /// Returns the settings of the use cases. `login_wait` is at most half of the request timeout.
    pub fn for_use_cases(&self) -> bailiwick::app::Settings {
        let (auth, limits) = (&self.auth, &self.limits);
        // A login that waits needs the rest of the request timeout for its own work.
        let login_wait = StdDuration::from_secs(limits.login_wait_seconds);
        let half_a_request = StdDuration::from_secs(self.server.request_seconds) / 2;
        bailiwick::app::Settings {
            require_verified_email: auth.require_verified_email,
            resources: self.permissions.resources.iter().cloned().map(String::from).collect(),
            declared: self.permissions.declared.iter().cloned().map(Into::into).collect(),
            access_ttl: Duration::minutes(self.jwt.expire_minutes),
            refresh_ttl: Duration::days(auth.refresh_days),
            session_ttl: Duration::days(auth.session_days),
            page_session_idle: Duration::minutes(auth.page_session_idle_minutes),
            invitation_ttl: Duration::hours(auth.invitation_hours),
            verification_ttl: Duration::hours(auth.verification_hours),
            throttle_enabled: self.throttle.enabled,
            limits: limits.in_force(),
            lockout: limits.lockout(),
            login_wait: login_wait.min(half_a_request),
            reset_ttl: Duration::minutes(auth.reset_minutes),
            ..bailiwick::app::Settings::default()
        }
    }
}
