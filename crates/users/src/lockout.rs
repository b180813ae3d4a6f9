//! How failed logins slow the next one down. Pure; the store holds the numbers.

use bailiwick_kernel::Timestamp;
use time::Duration;

/// Failures that cost nothing.
const FREE: u32 = 5;
/// The first wait; each failure after it doubles the next.
const FIRST_DELAY: Duration = Duration::SECOND;
/// No wait is longer.
const LONGEST_DELAY: Duration = Duration::minutes(15);
/// More doublings change nothing.
const MOST_DOUBLINGS: u32 = 10;
/// After so much quiet nothing is remembered.
const MEMORY: Duration = Duration::hours(24);

/// The attempts of a pair of account and client that failed, or may yet: each
/// counts from before its password is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// How many.
    pub failures: u32,
    /// When the last of them was made.
    pub last_at: Timestamp,
}

/// What an attempt changed, for giving it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    at: Timestamp,
    before: Timestamp,
}

impl Attempts {
    /// What is known of a pair that nothing is known of.
    pub fn none(now: Timestamp) -> Self {
        Self { failures: 0, last_at: now }
    }

    /// What has been quiet since before this moment is forgotten.
    pub fn forgotten_before(now: Timestamp) -> Timestamp {
        now + -MEMORY
    }

    /// Counts an attempt; or says how long nobody may try, which a refusal does not
    /// lengthen. After that time, and not a moment earlier, one may.
    pub fn count(&mut self, now: Timestamp) -> Result<Receipt, Duration> {
        if self.last_at <= Self::forgotten_before(now) {
            *self = Self::none(now);
        }
        let delay = self.delay();
        let wait = self.last_at + delay - now;
        // A failure that far in the future was counted before the clock was set back.
        if wait.is_positive() && self.last_at - now <= delay {
            return Err(wait);
        }
        let receipt = Receipt { at: now, before: self.last_at };
        *self = Self { failures: self.failures.saturating_add(1), last_at: now };
        Ok(receipt)
    }

    /// Undoes an attempt that ended without an answer to whether the password was
    /// right.
    pub fn give_back(&mut self, receipt: Receipt) {
        self.failures = self.failures.saturating_sub(1);
        if self.last_at == receipt.at {
            self.last_at = receipt.before;
        }
    }

    /// How long after the last failure the next attempt must wait.
    fn delay(&self) -> Duration {
        match self.failures.checked_sub(FREE) {
            Some(doublings) => {
                LONGEST_DELAY.min(FIRST_DELAY.saturating_mul(1 << doublings.min(MOST_DOUBLINGS)))
            }
            None => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    /// The wait after each of `n` failures, each made as soon as it is allowed.
    fn waits(n: usize) -> (Attempts, Timestamp, Vec<i64>) {
        let mut now = start();
        let mut attempts = Attempts::none(now);
        let mut waits = Vec::new();
        for _ in 0..n {
            attempts.count(now).unwrap();
            let wait = attempts.clone().count(now).err().unwrap_or_default();
            waits.push(wait.whole_seconds());
            now = now + wait;
        }
        (attempts, now, waits)
    }

    #[test]
    fn five_failures_are_free_and_then_the_delay_doubles_to_a_quarter_of_an_hour() {
        let (.., waits) = waits(17);
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        let mut many = Attempts { failures: u32::MAX, last_at: start() };
        assert_eq!(many.count(start()), Err(Duration::minutes(15)));
        assert!(many.count(start() + Duration::minutes(15)).is_ok(), "the count does not overflow");
    }

    #[test]
    fn a_refused_attempt_changes_nothing_and_the_wait_told_is_enough_and_no_longer_than_needed() {
        let (mut attempts, ..) = waits(8);
        let before = attempts;
        let wait = attempts.count(before.last_at).unwrap_err();
        for early in [Duration::ZERO, wait / 2, wait - Duration::microseconds(1)] {
            assert_eq!(attempts.count(before.last_at + early), Err(wait - early));
            assert_eq!(attempts, before);
        }
        assert!(attempts.count(before.last_at + wait).is_ok());
    }

    #[test]
    fn a_day_of_quiet_is_forgotten() {
        let (attempts, ..) = waits(20);
        let just_before = attempts.last_at + (Duration::hours(24) - Duration::microseconds(1));
        let (mut later, mut forgotten) = (attempts, attempts);
        later.count(just_before).unwrap();
        assert_eq!(later.failures, 21);
        forgotten.count(attempts.last_at + Duration::hours(24)).unwrap();
        assert_eq!(forgotten.failures, 1);
    }

    #[test]
    fn an_attempt_given_back_was_none() {
        let (attempts, now, _) = waits(7);
        let mut again = attempts;
        let receipt = again.count(now).unwrap();
        again.give_back(receipt);
        assert_eq!(again, attempts);

        let mut two = Attempts::none(start());
        let first = two.count(start()).unwrap();
        two.count(start() + Duration::SECOND).unwrap();
        two.give_back(first);
        assert_eq!(two, Attempts { failures: 1, last_at: start() + Duration::SECOND });
        let mut cleared = Attempts::none(start());
        cleared.give_back(first);
        assert_eq!(cleared.failures, 0);
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let (attempts, ..) = waits(6);
        let set_back = |span: Duration| attempts.clone().count(attempts.last_at + -span).map(|_| ());
        assert_eq!(set_back(Duration::hours(5)), Ok(()));
        assert_eq!(set_back(Duration::SECOND), Err(Duration::seconds(3)), "clocks of nodes differ a little");
    }
}
