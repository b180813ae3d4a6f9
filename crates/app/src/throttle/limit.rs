//! The numbers, and the arithmetic: the generic cell rate algorithm (ITU-T I.371),
//! which needs one moment per key. Nothing happens at a border of time.

use bailiwick_kernel::Timestamp;
use time::Duration;

/// So many at once, and so many regained, evenly, in a period.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limit {
    /// What it is called where it is counted; no two limits share a name.
    pub name: &'static str,
    /// How many at once.
    pub burst: u32,
    /// In what time all of them are regained.
    pub period: Duration,
}

/// When a key has everything left; until then each interval regains one.
pub type FullAt = Option<Timestamp>;

impl Limit {
    /// Sign-ups of a client.
    pub const SIGN_UP: Self = Self::new("sign_up", 10, Duration::HOUR);
    /// Mails to reset the password of an account.
    pub const FORGOT_OF_ACCOUNT: Self = Self::new("forgot_of_account", 3, Duration::HOUR);
    /// Mails to reset a password that a client asks for.
    pub const FORGOT_OF_CLIENT: Self = Self::new("forgot_of_client", 10, Duration::HOUR);
    /// Verification mails sent again to an account.
    pub const RESEND_OF_ACCOUNT: Self = Self::new("resend_of_account", 3, Duration::HOUR);
    /// Verification mails that a client asks to be sent again.
    pub const RESEND_OF_CLIENT: Self = Self::new("resend_of_client", 10, Duration::HOUR);
    /// Changes of address that an account asks for.
    pub const MOVE_OF_ACCOUNT: Self = Self::new("move_of_account", 3, Duration::HOUR);
    /// Changes to an address, whoever asks and whether or not it is taken.
    pub const MOVE_TO_ADDRESS: Self = Self::new("move_to_address", 3, Duration::HOUR);
    /// Changes of address that a client asks for.
    pub const MOVE_OF_CLIENT: Self = Self::new("move_of_client", 10, Duration::HOUR);
    /// Invitations of an organisation.
    pub const INVITE: Self = Self::new("invite", 100, Duration::HOUR);
    /// Invitations that an account sends, whatever the organisation.
    pub const INVITE_OF_ACCOUNT: Self = Self::new("invite_of_account", 100, Duration::HOUR);
    /// Invitations that an address is sent, whatever the organisation.
    pub const INVITE_OF_ADDRESS: Self = Self::new("invite_of_address", 10, Duration::HOUR);
    /// Organisations that an account founds.
    pub const FOUND: Self = Self::new("found", 20, Duration::HOUR);
    /// Renewals of a session.
    pub const REFRESH: Self = Self::new("refresh", 120, Duration::MINUTE);
    /// Tickets of a session.
    pub const TICKET: Self = Self::new("ticket", 120, Duration::MINUTE);
    /// Invitations that a client accepts, with an account or by signing up.
    pub const ACCEPT: Self = Self::new("accept", 10, Duration::MINUTE);
    /// Passwords that a client sets by a mailed token.
    pub const RESET: Self = Self::new("reset", 10, Duration::MINUTE);
    /// Attempts of a client to become the first administrator.
    pub const SET_UP: Self = Self::new("set_up", 10, Duration::MINUTE);
    /// Logins of a client that fail: one is regained every 3 s.
    pub const FAILED_LOGIN: Self = Self::new("failed_login", 20, Duration::MINUTE);

    /// `burst` at once, all regained in `period`.
    pub const fn new(name: &'static str, burst: u32, period: Duration) -> Self {
        Self { name, burst, period }
    }

    /// Half of it, at least one: for an adapter that counts alone what many should
    /// count together.
    #[must_use]
    pub fn stricter(self) -> Self {
        Self { burst: (self.burst / 2).max(1), ..self }
    }

    /// In what time one is regained, in whole microseconds as all times are.
    pub fn interval(&self) -> Duration {
        let micros = self.period.whole_microseconds() / i128::from(self.burst.max(1));
        Duration::microseconds(i64::try_from(micros).unwrap_or(i64::MAX).max(1))
    }

    /// Takes one: when the key has everything left then. Or how long until there is
    /// one; never longer than [`Self::interval`], also after a clock was set back.
    pub fn take(&self, full_at: FullAt, now: Timestamp) -> Result<Timestamp, Duration> {
        let (interval, longest) = (self.interval(), self.longest());
        let taken = full_at.map_or(Duration::ZERO, |full_at| full_at - now).clamp(Duration::ZERO, longest);
        let wait = taken + interval - longest;
        if wait.is_positive() { Err(wait) } else { Ok(now + taken + interval) }
    }

    /// Gives one back: when the key has everything left then, `None` if it has now.
    pub fn give_back(&self, full_at: FullAt, now: Timestamp) -> FullAt {
        let taken = (full_at? - now).min(self.longest()) - self.interval();
        taken.is_positive().then(|| now + taken)
    }

    /// How long it takes to regain all of them.
    fn longest(&self) -> Duration {
        self.interval() * i32::try_from(self.burst.max(1)).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Limit; 17] = [
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
        Limit::ACCEPT,
        Limit::RESET,
        Limit::SET_UP,
        Limit::FAILED_LOGIN,
    ];

    fn start() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    /// How many are let in at `now`.
    fn let_in(limit: Limit, full_at: &mut FullAt, now: Timestamp) -> u32 {
        let mut count = 0;
        while let Ok(later) = limit.take(*full_at, now) {
            *full_at = Some(later);
            count += 1;
        }
        count
    }

    #[test]
    fn the_numbers_are_those_that_are_promised() {
        let names: std::collections::HashSet<_> = ALL.iter().map(|limit| limit.name).collect();
        assert_eq!(names.len(), ALL.len());
        let numbers = ALL.map(|limit| {
            let (mut full_at, now) = (None, start());
            let at_once = let_in(limit, &mut full_at, now);
            let wait = limit.take(full_at, now).unwrap_err();
            (at_once, wait.whole_milliseconds())
        });
        assert_eq!(
            numbers,
            [
                (10, 360_000),
                (3, 1_200_000),
                (10, 360_000),
                (3, 1_200_000),
                (10, 360_000),
                (3, 1_200_000),
                (3, 1_200_000),
                (10, 360_000),
                (100, 36_000),
                (100, 36_000),
                (10, 360_000),
                (20, 180_000),
                (120, 500),
                (10, 6_000),
                (10, 6_000),
                (10, 6_000),
                (20, 3_000)
            ]
        );
        for limit in ALL {
            let mut full_at = None;
            let_in(limit, &mut full_at, start());
            assert_eq!(let_in(limit, &mut full_at, start() + limit.period), limit.burst, "{limit:?}");
            assert_eq!(let_in(limit.stricter(), &mut None, start()), (limit.burst / 2).max(1));
        }
    }

    #[test]
    fn one_given_back_can_be_taken_again() {
        let (limit, now) = (Limit::FORGOT_OF_ACCOUNT, start());
        let mut full_at = None;
        let_in(limit, &mut full_at, now);
        full_at = limit.give_back(full_at, now);
        assert_eq!(let_in(limit, &mut full_at, now), 1);
        for _ in 0..5 {
            full_at = limit.give_back(full_at, now);
        }
        assert_eq!(full_at, None);
        assert_eq!(let_in(limit, &mut full_at, now), 3, "nobody has more than all");
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Take,
        GiveBack,
        Pass(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            5 => Just(Step::Take),
            1 => Just(Step::GiveBack),
            2 => (-2_000_i64..9_000).prop_map(Step::Pass),
        ];
        proptest::collection::vec(step, 1..120)
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_what_was_regained(burst in 1_u32..9, seconds in 1_i64..9, steps in steps()) {
            let limit = Limit::new("test", burst, Duration::seconds(seconds));
            let (mut now, mut full_at) = (start(), None);
            let (mut taken, mut passed) = (0_i32, Duration::ZERO);
            for step in steps {
                match step {
                    // Time does not run back here.
                    Step::Pass(span) => {
                        now = now + Duration::milliseconds(span.abs());
                        passed += Duration::milliseconds(span.abs());
                    }
                    Step::Take => match limit.take(full_at, now) {
                        Ok(later) => { full_at = Some(later); taken += 1; }
                        Err(wait) => {
                            prop_assert!(wait.is_positive() && wait <= limit.interval());
                            let just_before = now + (wait - Duration::MICROSECOND);
                            prop_assert!(limit.take(full_at, just_before).is_err(), "not a moment earlier");
                            prop_assert!(limit.take(full_at, now + wait).is_ok(), "and not a moment later");
                        }
                    },
                    Step::GiveBack if taken > 0 => { full_at = limit.give_back(full_at, now); taken -= 1; }
                    Step::GiveBack => {}
                }
                let most = f64::from(burst) + passed / limit.interval();
                prop_assert!(f64::from(taken) <= most + 1e-6, "{taken} of {most}");
            }
        }

        #[test]
        fn a_clock_set_anywhere_costs_one_interval_at_most(steps in steps()) {
            let limit = Limit::new("test", 4, Duration::seconds(8));
            let (mut now, mut full_at) = (start(), None);
            for step in steps {
                match step {
                    Step::Pass(span) => now = now + Duration::milliseconds(span * 1_000),
                    Step::GiveBack => full_at = limit.give_back(full_at, now),
                    Step::Take => match limit.take(full_at, now) {
                        Ok(later) => full_at = Some(later),
                        Err(wait) => prop_assert!(wait <= limit.interval()),
                    },
                }
            }
        }
    }
}
