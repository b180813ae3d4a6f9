//! Rate limits. A setting is the number of attempts; its name says the period and what is counted by.

use bailiwick::app::Limit;
use serde::Deserialize;
use time::Duration;

use super::values::within;

/// Settings of rate limits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(deserialize_with = "within::<1, 1_000, _, _>")]
    pub login_failures_per_account_and_client: u32,
    #[serde(deserialize_with = "within::<1, 60, _, _>")]
    pub login_delay_seconds: i64,
    #[serde(deserialize_with = "within::<60, 86_400, _, _>")]
    pub login_longest_delay_seconds: i64,
    #[serde(deserialize_with = "within::<0, 10, _, _>")]
    pub login_wait_seconds: u64,
    #[serde(deserialize_with = "number")]
    pub login_failures_per_client: u32,
    #[serde(deserialize_with = "within::<1, 30, _, _>")]
    pub login_failure_regained_seconds: i64,
    #[serde(deserialize_with = "number")]
    pub sign_ups_per_hour_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub reset_mails_per_hour_and_account: u32,
    #[serde(deserialize_with = "number")]
    pub reset_mails_per_hour_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub resets_per_hour_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub verification_mails_per_hour_and_account: u32,
    #[serde(deserialize_with = "number")]
    pub verification_mails_per_hour_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub address_changes_per_hour_and_account: u32,
    #[serde(deserialize_with = "number")]
    pub address_changes_per_hour_and_address: u32,
    #[serde(deserialize_with = "number")]
    pub address_changes_per_hour_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub invitations_per_hour_and_organization: u32,
    #[serde(deserialize_with = "number")]
    pub invitations_per_hour_and_account: u32,
    #[serde(deserialize_with = "number")]
    pub invitations_per_hour_and_address: u32,
    #[serde(deserialize_with = "number")]
    pub acceptances_per_minute_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub organizations_per_hour_and_account: u32,
    #[serde(deserialize_with = "number")]
    pub refreshes_per_minute_and_session: u32,
    #[serde(deserialize_with = "number")]
    pub tickets_per_minute_and_session: u32,
    #[serde(deserialize_with = "number")]
    pub invalid_tickets_per_minute_and_client: u32,
    #[serde(deserialize_with = "number")]
    pub setups_per_minute_and_client: u32,
}

/// Reads a number of attempts, 1 to 1,000,000. No limit at all is `throttle.enabled = false`.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    within::<1, 1_000_000, _, _>(deserializer)
}

impl Limits {
    /// Returns the limits of the use cases.
    pub fn in_force(&self) -> bailiwick::app::Limits {
        let regained = Duration::seconds(self.login_failure_regained_seconds);
        let failures = self.login_failures_per_client;
        let failed_login = Limit {
            burst: failures,
            period: regained * i32::try_from(failures).unwrap_or(i32::MAX),
            ..Limit::FAILED_LOGIN
        };
        [
            Limit::SIGN_UP.allowing(self.sign_ups_per_hour_and_client),
            Limit::FORGOT_OF_ACCOUNT.allowing(self.reset_mails_per_hour_and_account),
            Limit::FORGOT_OF_CLIENT.allowing(self.reset_mails_per_hour_and_client),
            Limit::RESET.allowing(self.resets_per_hour_and_client),
            Limit::RESEND_OF_ACCOUNT.allowing(self.verification_mails_per_hour_and_account),
            Limit::RESEND_OF_CLIENT.allowing(self.verification_mails_per_hour_and_client),
            Limit::MOVE_OF_ACCOUNT.allowing(self.address_changes_per_hour_and_account),
            Limit::MOVE_TO_ADDRESS.allowing(self.address_changes_per_hour_and_address),
            Limit::MOVE_OF_CLIENT.allowing(self.address_changes_per_hour_and_client),
            Limit::INVITE.allowing(self.invitations_per_hour_and_organization),
            Limit::INVITE_OF_ACCOUNT.allowing(self.invitations_per_hour_and_account),
            Limit::INVITE_OF_ADDRESS.allowing(self.invitations_per_hour_and_address),
            Limit::ACCEPT.allowing(self.acceptances_per_minute_and_client),
            Limit::FOUND.allowing(self.organizations_per_hour_and_account),
            Limit::REFRESH.allowing(self.refreshes_per_minute_and_session),
            Limit::TICKET.allowing(self.tickets_per_minute_and_session),
            Limit::INVALID_TICKET.allowing(self.invalid_tickets_per_minute_and_client),
            Limit::SET_UP.allowing(self.setups_per_minute_and_client),
            failed_login,
        ]
        .into_iter()
        .fold(bailiwick::app::Limits::default(), bailiwick::app::Limits::with)
    }

    /// Returns the delays after failed logins of an account.
    pub fn lockout(&self) -> bailiwick::users::Lockout {
        bailiwick::users::Lockout {
            free_failures: self.login_failures_per_account_and_client,
            first_delay: Duration::seconds(self.login_delay_seconds),
            longest_delay: Duration::seconds(self.login_longest_delay_seconds),
        }
    }
}
