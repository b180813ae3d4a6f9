//! The arithmetic: the generic cell rate algorithm (ITU-T I.371), which needs one moment
//! per key. Nothing happens at a border of time. The numbers are in `limits`.

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

/// None is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// How long until there is one, at most [`Limit::interval`].
    pub wait: Duration,
    /// When the key has everything left. To be stored, because it is earlier than what was
    /// stored if the clock was set back: else the refusal would last until the clock is
    /// where it was.
    pub full_at: Timestamp,
}

impl Limit {
    /// `burst` at once, all regained in `period`.
    pub const fn new(name: &'static str, burst: u32, period: Duration) -> Self {
        Self { name, burst, period }
    }

    /// The same limit with another number in the same period.
    #[must_use]
    pub const fn allowing(self, burst: u32) -> Self {
        Self { burst, ..self }
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
    pub fn take(&self, full_at: FullAt, now: Timestamp) -> Result<Timestamp, Refusal> {
        let (interval, longest) = (self.interval(), self.window());
        let taken = full_at.map_or(Duration::ZERO, |full_at| full_at - now).clamp(Duration::ZERO, longest);
        let wait = taken + interval - longest;
        if wait.is_positive() {
            return Err(Refusal { wait, full_at: now + taken });
        }
        Ok(now + taken + interval)
    }

    /// Gives one back: when the key has everything left then, `None` if it has now.
    pub fn give_back(&self, full_at: FullAt, now: Timestamp) -> FullAt {
        let taken = (full_at? - now).min(self.window()) - self.interval();
        taken.is_positive().then(|| now + taken)
    }

    /// How long it takes to regain all of them: no moment that is stored lies further ahead.
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

        /// Time passes and the clock is set, each by itself. Whatever was stored before, the
        /// wait that is told is enough once the clock stays as it is.
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
                            prop_assert!(limit.take(full_at, now + wait).is_ok(), "told, waited, let in");
                        }
                    }
                    prop_assert!(full_at.is_none_or(|full_at| full_at <= now + limit.window()));
                }
            }
        }
    }
}
