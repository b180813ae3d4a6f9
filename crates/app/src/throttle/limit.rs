//! The generic cell rate algorithm (ITU-T I.371), which stores one timestamp per key and has no window
//! boundaries. The numbers are in `limits`.

use bailiwick_kernel::Timestamp;
use time::Duration;

use crate::own_name::{MAX_OWN_NAME, is_word};

/// A rate limit: a burst that is replenished evenly over a period.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limit {
    /// Its name in the counters; no two limits of the product share a name, and no two own limits.
    pub name: &'static str,
    /// The largest number at once.
    pub burst: u32,
    /// Time in which the whole burst is replenished.
    pub period: Duration,
    /// Whether it is a limit of an embedding program. The keys of such limits begin with `own_limit:`, so that
    /// they are counted apart from a limit of the product that has the same name.
    pub is_own: bool,
}

/// Time at which a key's burst is full again; until then each interval replenishes one.
pub type FullAt = Option<Timestamp>;

/// Nothing is left of a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Time until one is available, at most [`Limit::interval`].
    pub wait: Duration,
    /// Time at which the burst is full again. Store it: if the clock was set back it is earlier than
    /// the stored value, which would otherwise refuse until the clock has caught up.
    pub full_at: Timestamp,
}

impl Limit {
    /// Creates a limit of `burst` at once, replenished in `period`.
    pub const fn new(name: &'static str, burst: u32, period: Duration) -> Self {
        Self { name, burst, period, is_own: false }
    }

    /// Declares a limit of an embedding program, of `burst` at once, replenished in `period`. The name is a
    /// word of lower-case ASCII letters and `_`, in at most [`MAX_OWN_NAME`] bytes. It is counted apart from a
    /// limit of the product that has the same name, and no setting changes it.
    ///
    /// ```
    /// use bailiwick_app::Limit;
    /// use time::Duration;
    ///
    /// const REFUNDS: Limit = Limit::own("refunds", 5, Duration::HOUR);
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is malformed, or `burst` is 0. A constant then does not compile.
    pub const fn own(name: &'static str, burst: u32, period: Duration) -> Self {
        assert!(
            is_word(name) && name.len() <= MAX_OWN_NAME,
            "the name of an own limit is a word of a to z and `_`, in at most 64 bytes"
        );
        assert!(burst > 0, "a limit allows at least one");
        Self { name, burst, period, is_own: true }
    }

    /// Returns the same limit with another burst.
    #[must_use]
    pub const fn allowing(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// Returns half of the limit, at least one, for an adapter that counts on its own what several
    /// nodes should count together.
    #[must_use]
    pub fn stricter(self) -> Self {
        Self { burst: (self.burst / 2).max(1), ..self }
    }

    /// Returns the time in which one is replenished, in whole microseconds as all times are.
    pub fn interval(&self) -> Duration {
        let micros = self.period.whole_microseconds() / i128::from(self.burst.max(1));
        Duration::microseconds(i64::try_from(micros).unwrap_or(i64::MAX).max(1))
    }

    /// Takes one and returns when the burst is full again, or refuses with the time until one is
    /// available. That is never longer than [`Self::interval`], even after the clock was set back.
    pub fn take(&self, full_at: FullAt, now: Timestamp) -> Result<Timestamp, Refusal> {
        let (interval, longest) = (self.interval(), self.window());
        let taken = full_at.map_or(Duration::ZERO, |full_at| full_at - now).clamp(Duration::ZERO, longest);
        let wait = taken + interval - longest;
        if wait.is_positive() {
            return Err(Refusal { wait, full_at: now + taken });
        }
        Ok(now + taken + interval)
    }

    /// Gives one back and returns when the burst is full again, `None` if it is full now.
    pub fn give_back(&self, full_at: FullAt, now: Timestamp) -> FullAt {
        let taken = (full_at? - now).min(self.window()) - self.interval();
        taken.is_positive().then(|| now + taken)
    }

    /// Returns the time in which the whole burst is replenished. No stored time lies further ahead.
    pub fn window(&self) -> Duration {
        self.interval() * i32::try_from(self.burst.max(1)).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORGOT: Limit = Limit::FORGOT_OF_ACCOUNT;

    fn start() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    /// Returns how many are accepted at `now`.
    fn let_in(limit: Limit, full_at: &mut FullAt, now: Timestamp) -> u32 {
        let mut count = 0;
        while let Ok(later) = limit.take(*full_at, now) {
            *full_at = Some(later);
            count += 1;
        }
        count
    }

    #[test]
    fn one_given_back_can_be_taken_again() {
        let (limit, now) = (FORGOT, start());
        let mut full_at = None;
        let_in(limit, &mut full_at, now);
        full_at = limit.give_back(full_at, now);
        assert_eq!(let_in(limit, &mut full_at, now), 1);
        for _ in 0..5 {
            full_at = limit.give_back(full_at, now);
        }
        assert_eq!(full_at, None);
        assert_eq!(let_in(limit, &mut full_at, now), 3, "never more than the burst");
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
                    // Time does not run backwards here.
                    Step::Pass(span) => {
                        now = now + Duration::milliseconds(span.abs());
                        passed += Duration::milliseconds(span.abs());
                    }
                    Step::Take => match limit.take(full_at, now) {
                        Ok(later) => { full_at = Some(later); taken += 1; }
                        Err(Refusal { wait, full_at: kept }) => {
                            prop_assert_eq!(Some(kept), full_at, "a refusal changes nothing");
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

        /// Time passes and the clock is set, independently. Whatever was stored before, the returned
        /// wait is sufficient if the clock then runs normally.
        #[test]
        fn a_wait_told_is_enough_wherever_the_clock_was_before(
            burst in 1_u32..9,
            jumps in proptest::collection::vec((-100_000_i64..100_000, 0_usize..12), 1..40),
        ) {
            let limit = Limit::new("test", burst, Duration::seconds(8));
            let (mut now, mut full_at) = (start(), None);
            for (jump, takes) in jumps {
                now = now + Duration::seconds(jump);
                for _ in 0..takes {
                    match limit.take(full_at, now) {
                        Ok(later) => full_at = Some(later),
                        Err(Refusal { wait, full_at: kept }) => {
                            prop_assert!(wait.is_positive() && wait <= limit.interval());
                            full_at = Some(kept);
                            prop_assert!(limit.take(full_at, now + wait).is_ok(), "accepted after the wait");
                        }
                    }
                    prop_assert!(full_at.is_none_or(|full_at| full_at <= now + limit.window()));
                }
            }
        }
    }
}
