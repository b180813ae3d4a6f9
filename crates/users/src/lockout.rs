//! Delays after failed logins. This module only computes them; the store keeps the attempts.

use bailiwick_kernel::Timestamp;
use time::Duration;

/// Maximum number of doublings of the delay; more would not change it.
const MAX_DOUBLINGS: u32 = 20;
/// Time after the last attempt at which a record is deleted.
const RETENTION: Duration = Duration::hours(24);
/// Time after which an attempt without an outcome counts as failed, because the caller or the node is
/// gone.
const ABANDONED_AFTER: Duration = Duration::seconds(30);

/// Settings of the delay for one account and client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lockout {
    /// Number of failed attempts that need no wait before them. The first delay follows the last of them.
    pub free_failures: u32,
    /// The first delay; each further failure doubles it.
    pub first_delay: Duration,
    /// The maximum delay.
    pub longest_delay: Duration,
}

impl Default for Lockout {
    fn default() -> Self {
        Self { free_failures: 5, first_delay: Duration::SECOND, longest_delay: Duration::minutes(15) }
    }
}

impl Lockout {
    /// Returns the delay that follows the last of `failures` failed attempts.
    fn delay(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free_failures) {
            Some(doublings) => {
                self.longest_delay.min(self.first_delay.saturating_mul(1 << doublings.min(MAX_DOUBLINGS)))
            }
            None => Duration::ZERO,
        }
    }
}

/// The failed and open attempts of a pair of account and client. An open attempt counts like a failed
/// one, so that concurrent attempts cannot try more passwords than sequential ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// Number of failed attempts.
    pub failures: u32,
    /// Time of the last failure.
    pub last_at: Timestamp,
    /// Number of attempts whose password is being verified.
    pub in_progress: u32,
    /// Time at which the last of them began.
    pub started_at: Timestamp,
}

/// An attempt in progress, to be concluded exactly once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenAttempt(());

/// A refused attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Exact time until an attempt is accepted. If others are in progress, it is computed as if they failed
    /// now.
    pub wait: Duration,
    /// Whether other attempts are in progress; their outcome may shorten or lengthen the wait.
    pub others_in_progress: bool,
}

impl Attempts {
    /// Creates the empty record of a pair.
    pub fn none(now: Timestamp) -> Self {
        Self { failures: 0, last_at: now, in_progress: 0, started_at: now }
    }

    /// Returns whether the record is empty and need not be stored.
    pub fn is_none(&self) -> bool {
        self.failures == 0 && self.in_progress == 0
    }

    /// Returns the time before which records without a later attempt are deleted.
    pub fn stale_before(now: Timestamp) -> Timestamp {
        now + -RETENTION
    }

    /// Begins an attempt or refuses it. A refusal does not lengthen the delay, although it corrects times
    /// in the future and abandoned attempts.
    pub fn count(&mut self, lockout: &Lockout, now: Timestamp) -> Result<OpenAttempt, Refused> {
        self.normalize(now);
        let delay = lockout.delay(self.failures.saturating_add(self.in_progress));
        let wait = self.latest() + delay - now;
        if wait.is_positive() {
            let others_in_progress = self.in_progress > 0;
            // Open attempts fail now at the earliest, and the delay begins then.
            return Err(Refused { wait: if others_in_progress { delay } else { wait }, others_in_progress });
        }
        self.in_progress = self.in_progress.saturating_add(1);
        self.started_at = now;
        Ok(OpenAttempt(()))
    }

    /// Concludes an attempt with a wrong password.
    pub fn fail(&mut self, attempt: OpenAttempt, now: Timestamp) {
        // Without an open attempt, this one was counted as abandoned already, or the record was
        // cleared.
        if self.in_progress > 0 {
            self.give_back(attempt);
            self.failures = self.failures.saturating_add(1);
            self.last_at = now;
        }
    }

    /// Concludes an attempt with the right password and resets the failures.
    pub fn succeed(&mut self, attempt: OpenAttempt) {
        self.give_back(attempt);
        self.failures = 0;
    }

    /// Undoes an attempt that ended before the password was verified.
    pub fn give_back(&mut self, _: OpenAttempt) {
        self.in_progress = self.in_progress.saturating_sub(1);
    }

    /// Counts abandoned attempts as failed, replaces times in the future by `now`, and clears a record that
    /// is older than the retention.
    ///
    /// Times in the future come from a clock that was set back or from another node. They are replaced,
    /// because otherwise the delay would last until the clock catches up.
    fn normalize(&mut self, now: Timestamp) {
        if self.in_progress > 0 && (now - self.started_at).abs() > ABANDONED_AFTER {
            self.failures = self.failures.saturating_add(self.in_progress);
            self.last_at = self.last_at.max(self.started_at);
            self.in_progress = 0;
        }
        self.last_at = self.last_at.min(now);
        self.started_at = self.started_at.min(now);
        if self.latest() <= Self::stale_before(now) {
            *self = Self::none(now);
        }
    }

    /// Returns the time at which the last attempt failed or began.
    fn latest(&self) -> Timestamp {
        if self.in_progress > 0 { self.last_at.max(self.started_at) } else { self.last_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).unwrap()
    }

    fn failed(failures: u32, last_at: Timestamp) -> Attempts {
        Attempts { failures, last_at, in_progress: 0, started_at: last_at }
    }

    /// Begins an attempt.
    fn count(attempts: &mut Attempts, now: Timestamp) -> Result<OpenAttempt, Refused> {
        attempts.count(&Lockout::default(), now)
    }

    /// Returns how long the next attempt would have to wait.
    fn wait(attempts: &Attempts, now: Timestamp) -> Duration {
        count(&mut attempts.clone(), now).err().map_or(Duration::ZERO, |refused| refused.wait)
    }

    fn fail(attempts: &mut Attempts, now: Timestamp) {
        let attempt = count(attempts, now).unwrap();
        attempts.fail(attempt, now);
    }

    /// Returns the wait after each of `n` failures, each made as soon as it is allowed.
    fn waits(n: usize) -> (Attempts, Timestamp, Vec<i64>) {
        let mut now = start();
        let mut attempts = Attempts::none(now);
        let mut waits = Vec::new();
        for _ in 0..n {
            fail(&mut attempts, now);
            waits.push(wait(&attempts, now).whole_seconds());
            now = now + wait(&attempts, now);
        }
        (attempts, now, waits)
    }

    #[test]
    fn five_attempts_need_no_wait_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour() {
        let (.., waits) = waits(17);
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        let many = failed(u32::MAX, start());
        assert_eq!(wait(&many, start()), Duration::minutes(15));
        assert_eq!(wait(&many, start() + Duration::minutes(15)), Duration::ZERO, "no overflow");
    }

    #[test]
    fn the_delays_follow_the_settings() {
        let lockout = Lockout {
            free_failures: 2,
            first_delay: Duration::seconds(3),
            longest_delay: Duration::seconds(10),
        };
        let waits = [1, 2, 3, 4].map(|failures| {
            let refused = failed(failures, start()).count(&lockout, start()).err();
            refused.map_or(0, |refused| refused.wait.whole_seconds())
        });
        assert_eq!(waits, [0, 3, 6, 10]);
    }

    #[test]
    fn a_refusal_changes_nothing_and_reports_the_exact_wait() {
        let (mut attempts, ..) = waits(8);
        let before = attempts;
        let wait = count(&mut attempts, before.last_at).unwrap_err().wait;
        for early in [Duration::ZERO, wait / 2, wait - Duration::microseconds(1)] {
            let refused = Refused { wait: wait - early, others_in_progress: false };
            assert_eq!(count(&mut attempts, before.last_at + early), Err(refused));
            assert_eq!(attempts, before);
        }
        assert!(count(&mut attempts, before.last_at + wait).is_ok());
    }

    #[test]
    fn attempts_in_progress_count_like_failed_ones_until_their_outcome_is_known() {
        let mut attempts = Attempts::none(start());
        let open_attempts: Vec<_> = (0..5).map(|_| count(&mut attempts, start()).unwrap()).collect();
        let refused = Refused { wait: Duration::SECOND, others_in_progress: true };
        assert_eq!(count(&mut attempts, start()), Err(refused));
        let (mut wrong, mut right, mut unknown) = (attempts, attempts, attempts);
        for attempt in open_attempts {
            wrong.fail(attempt, start());
        }
        assert_eq!(wrong, failed(5, start()));
        let refused = Refused { others_in_progress: false, ..refused };
        assert_eq!(count(&mut wrong, start()), Err(refused));

        right.failures = 4;
        right.succeed(OpenAttempt(()));
        assert_eq!((right.failures, right.in_progress), (0, 4), "the others are still in progress");
        assert!(count(&mut right, start()).is_ok());
        unknown.give_back(OpenAttempt(()));
        assert_eq!((unknown.failures, unknown.in_progress), (0, 4));
    }

    #[test]
    fn an_abandoned_attempt_counts_as_failed() {
        let mut attempts = Attempts::none(start());
        for _ in 0..6 {
            let _ = count(&mut attempts, start());
        }
        let later = start() + Duration::seconds(31);
        let attempt = count(&mut attempts, later).unwrap();
        assert_eq!((attempts.failures, attempts.in_progress), (5, 1));
        attempts.fail(attempt, later);
        attempts.fail(OpenAttempt(()), later);
        assert_eq!(attempts.failures, 6, "a late outcome is not counted again");
    }

    #[test]
    fn failures_are_forgotten_after_a_day_without_attempts() {
        let (attempts, ..) = waits(20);
        let just_before = attempts.last_at + (Duration::hours(24) - Duration::microseconds(1));
        let (mut later, mut forgotten) = (attempts, attempts);
        fail(&mut later, just_before);
        assert_eq!(later.failures, 21);
        fail(&mut forgotten, attempts.last_at + Duration::hours(24));
        assert_eq!(forgotten.failures, 1);
    }

    #[test]
    fn an_attempt_that_is_given_back_does_not_count() {
        let (attempts, now, _) = waits(7);
        let mut again = attempts;
        let attempt = count(&mut again, now).unwrap();
        again.give_back(attempt);
        assert_eq!(Attempts { started_at: attempts.started_at, ..again }, attempts);
        assert_eq!(wait(&again, now), Duration::ZERO, "nor does it delay an attempt");
        let mut cleared = Attempts::none(start());
        cleared.give_back(attempt);
        assert!(cleared.is_none());
    }

    #[test]
    fn a_clock_set_back_lengthens_no_delay() {
        let (attempts, ..) = waits(8);
        let delay = Duration::seconds(8);
        for span in [1, 7, 3_600, 1_000_000].map(Duration::seconds) {
            let (mut attempts, mut now) = (attempts, attempts.last_at + -span);
            assert_eq!(count(&mut attempts, now).unwrap_err().wait, delay, "{span}");
            now = now + delay;
            assert!(count(&mut attempts, now).is_ok(), "{span}");
        }
    }
}
