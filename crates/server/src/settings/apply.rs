//! Settings as the layers below want them.

use time::Duration;

use super::Settings;

impl Settings {
    /// For the use cases.
    pub fn for_use_cases(&self) -> bailiwick::app::Settings {
        let auth = &self.auth;
        bailiwick::app::Settings {
            require_verified_email: auth.require_verified_email,
            resources: self.permissions.resources.iter().cloned().map(String::from).collect(),
            access_ttl: Duration::minutes(self.jwt.expire_minutes),
            refresh_ttl: Duration::days(auth.refresh_days),
            session_ttl: Duration::days(auth.session_days),
            invitation_ttl: Duration::hours(auth.invitation_hours),
            verification_ttl: Duration::hours(auth.verification_hours),
            throttle_enabled: self.throttle.enabled,
            reset_ttl: Duration::minutes(auth.reset_minutes),
            ..bailiwick::app::Settings::default()
        }
    }
}
