//! The limits, their defaults and how they are configured.

use time::Duration;

use super::Limit;

impl Limit {
    /// Sign-ups of a client.
    pub const SIGN_UP: Self = Self::new("sign_up", 60, Duration::HOUR);
    /// Password reset mails of an account.
    pub const FORGOT_OF_ACCOUNT: Self = Self::new("forgot_of_account", 3, Duration::HOUR);
    /// Password reset mails that a client requests.
    pub const FORGOT_OF_CLIENT: Self = Self::new("forgot_of_client", 60, Duration::HOUR);
    /// Verification mails resent to an account.
    pub const RESEND_OF_ACCOUNT: Self = Self::new("resend_of_account", 3, Duration::HOUR);
    /// Verification mails that a client requests to be resent.
    pub const RESEND_OF_CLIENT: Self = Self::new("resend_of_client", 60, Duration::HOUR);
    /// Changes of address that an account requests.
    pub const MOVE_OF_ACCOUNT: Self = Self::new("move_of_account", 3, Duration::HOUR);
    /// Changes to an address, from any account and whether or not it is taken.
    pub const MOVE_TO_ADDRESS: Self = Self::new("move_to_address", 3, Duration::HOUR);
    /// Changes of address that a client requests.
    pub const MOVE_OF_CLIENT: Self = Self::new("move_of_client", 60, Duration::HOUR);
    /// Invitations of an organization.
    pub const INVITE: Self = Self::new("invite", 100, Duration::HOUR);
    /// Invitations that an account sends, in all organizations.
    pub const INVITE_OF_ACCOUNT: Self = Self::new("invite_of_account", 100, Duration::HOUR);
    /// Invitations that an address receives, from all organizations.
    pub const INVITE_OF_ADDRESS: Self = Self::new("invite_of_address", 10, Duration::HOUR);
    /// Organizations that an account creates.
    pub const FOUND: Self = Self::new("found", 20, Duration::HOUR);
    /// Token refreshes of a session.
    pub const REFRESH: Self = Self::new("refresh", 120, Duration::MINUTE);
    /// Tickets of a session.
    pub const TICKET: Self = Self::new("ticket", 120, Duration::MINUTE);
    /// Invalid tickets that a client sends.
    pub const INVALID_TICKET: Self = Self::new("invalid_ticket", 60, Duration::MINUTE);
    /// Invitations that a client accepts, with an account or by signing up.
    pub const ACCEPT: Self = Self::new("accept", 60, Duration::MINUTE);
    /// Passwords that a client sets by a mailed token.
    pub const RESET: Self = Self::new("reset", 60, Duration::HOUR);
    /// Attempts of a client to set up the first administrator.
    pub const SET_UP: Self = Self::new("set_up", 10, Duration::MINUTE);
    /// Failed logins of a client; one is replenished every second.
    pub const FAILED_LOGIN: Self = Self::new("failed_login", 100, Duration::seconds(100));
}

/// The configured limits by name. The defaults are the documented ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits([Limit; 19]);

impl Limits {
    const DOCUMENTED: Self = Self([
        Limit::SIGN_UP,
        Limit::FORGOT_OF_ACCOUNT,
        Limit::FORGOT_OF_CLIENT,
        Limit::RESEND_OF_ACCOUNT,
        Limit::RESEND_OF_CLIENT,
        Limit::MOVE_OF_ACCOUNT,
        Limit::MOVE_TO_ADDRESS,
        Limit::MOVE_OF_CLIENT,
        Limit::INVITE,
        Limit::INVITE_OF_ACCOUNT,
        Limit::INVITE_OF_ADDRESS,
        Limit::FOUND,
        Limit::REFRESH,
        Limit::TICKET,
        Limit::INVALID_TICKET,
        Limit::ACCEPT,
        Limit::RESET,
        Limit::SET_UP,
        Limit::FAILED_LOGIN,
    ]);

    /// Replaces the limit of the same name, as in
    /// `Limits::default().with(Limit::SIGN_UP.allowing(600))`.
    #[must_use]
    pub fn with(mut self, limit: Limit) -> Self {
        let is_same = |former: &&mut Limit| former.name == limit.name && former.is_own == limit.is_own;
        if let Some(former) = self.0.iter_mut().find(is_same) {
            *former = limit;
        }
        self
    }

    /// Returns the configured limit of the same name; an own limit as it is.
    pub fn get(&self, limit: Limit) -> Limit {
        let is_same = |known: &&Limit| known.name == limit.name && known.is_own == limit.is_own;
        self.0.iter().find(is_same).copied().unwrap_or(limit)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DOCUMENTED
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::Timestamp;

    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    /// Returns how many are accepted at `now`.
    fn let_in(limit: Limit, full_at: &mut Option<Timestamp>, now: Timestamp) -> u32 {
        let mut count = 0;
        while let Ok(later) = limit.take(*full_at, now) {
            *full_at = Some(later);
            count += 1;
        }
        count
    }

    #[test]
    fn the_numbers_are_those_that_are_promised() {
        let Limits(all) = Limits::default();
        let names: std::collections::HashSet<_> = all.iter().map(|limit| limit.name).collect();
        assert_eq!(names.len(), all.len());
        let numbers = all.map(|limit| {
            let (mut full_at, now) = (None, start());
            let at_once = let_in(limit, &mut full_at, now);
            (at_once, limit.take(full_at, now).unwrap_err().wait.whole_milliseconds())
        });
        assert_eq!(
            numbers,
            [
                (60, 60_000),
                (3, 1_200_000),
                (60, 60_000),
                (3, 1_200_000),
                (60, 60_000),
                (3, 1_200_000),
                (3, 1_200_000),
                (60, 60_000),
                (100, 36_000),
                (100, 36_000),
                (10, 360_000),
                (20, 180_000),
                (120, 500),
                (120, 500),
                (60, 1_000),
                (60, 1_000),
                (60, 60_000),
                (10, 6_000),
                (100, 1_000)
            ]
        );
        for limit in all {
            let mut full_at = None;
            let_in(limit, &mut full_at, start());
            assert_eq!(let_in(limit, &mut full_at, start() + limit.period), limit.burst, "{limit:?}");
            assert_eq!(let_in(limit.stricter(), &mut None, start()), (limit.burst / 2).max(1));
        }
    }

    #[test]
    fn one_limit_is_set_and_no_other() {
        let set = Limits::default().with(Limit::INVITE.allowing(7));
        assert_eq!(set.get(Limit::INVITE), Limit { burst: 7, ..Limit::INVITE });
        assert_eq!(set.get(Limit::INVITE_OF_ACCOUNT), Limit::INVITE_OF_ACCOUNT);
        assert_eq!(set.with(Limit::INVITE), Limits::default());
        let own = Limit::own(Limit::INVITE.name, 1, Duration::HOUR);
        assert_eq!(set.with(own), set);
        assert_eq!(set.get(own), own);
    }
}
