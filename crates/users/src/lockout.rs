//! How failed logins slow the next one down. Pure; the store holds the numbers.

use bailiwick_kernel::Timestamp;
use time::Duration;

/// More doublings change nothing.
const MOST_DOUBLINGS: u32 = 20;
/// After so much quiet nothing is remembered.
const MEMORY: Duration = Duration::hours(24);
/// An attempt that is not concluded after this time never will be: the caller or the node
/// is gone. It counts as failed then.
const ABANDONED: Duration = Duration::seconds(30);

/// When an account is tried too often from one client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lockout {
    /// Failures that cost nothing.
    pub free_failures: u32,
    /// The first delay; each failure after it doubles the next.
    pub first_delay: Duration,
    /// No delay is longer.
    pub longest_delay: Duration,
}

impl Default for Lockout {
    fn default() -> Self {
        Self { free_failures: 5, first_delay: Duration::SECOND, longest_delay: Duration::minutes(15) }
    }
}

impl Lockout {
    /// How long after the last of so many failures the next attempt must wait.
    fn delay(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free_failures) {
            Some(doublings) => {
                self.longest_delay.min(self.first_delay.saturating_mul(1 << doublings.min(MOST_DOUBLINGS)))
            }
            None => Duration::ZERO,
        }
    }
}

/// The attempts of a pair of account and client that failed or may yet. An attempt in
/// progress counts like a failed one, so that any number at once try no more passwords
/// than one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// Attempts that failed.
    pub failures: u32,
    /// When the last of them failed.
    pub last_at: Timestamp,
    /// Attempts whose password is being looked at.
    pub in_progress: u32,
    /// When the last of them began.
    pub started_at: Timestamp,
}

/// An attempt in progress, to be concluded once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenAttempt(());

/// An attempt that may not be made now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// After this time, and not a moment earlier, one may; with others in progress, if they
    /// fail now.
    pub wait: Duration,
    /// Whether other attempts are in progress: once they end, the answer may be another.
    pub others_in_progress: bool,
}

impl Attempts {
    /// What is known of a pair that nothing is known of.
    pub fn none(now: Timestamp) -> Self {
        Self { failures: 0, last_at: now, in_progress: 0, started_at: now }
    }

    /// Whether there is nothing to be remembered.
    pub fn is_none(&self) -> bool {
        self.failures == 0 && self.in_progress == 0
    }

    /// What has been quiet since before this moment is forgotten.
    pub fn forgotten_before(now: Timestamp) -> Timestamp {
        now + -MEMORY
    }

    /// Begins an attempt, or refuses it. A refusal lengthens nothing; it changes only what a
    /// clock that was ahead, or a node that is gone, left behind.
    pub fn count(&mut self, lockout: &Lockout, now: Timestamp) -> Result<OpenAttempt, Refused> {
        self.correct(now);
        let delay = lockout.delay(self.failures.saturating_add(self.in_progress));
        let wait = self.latest() + delay - now;
        if wait.is_positive() {
            let others_in_progress = self.in_progress > 0;
            // Those in progress fail now at the earliest, and the delay begins then.
            return Err(Refused { wait: if others_in_progress { delay } else { wait }, others_in_progress });
        }
        self.in_progress = self.in_progress.saturating_add(1);
        self.started_at = now;
        Ok(OpenAttempt(()))
    }

    /// Concludes an attempt: the password was wrong.
    pub fn fail(&mut self, attempt: OpenAttempt, now: Timestamp) {
        // Without one in progress it was counted as abandoned already, or cleared.
        if self.in_progress > 0 {
            self.give_back(attempt);
            self.failures = self.failures.saturating_add(1);
            self.last_at = now;
        }
    }

    /// Concludes an attempt: the password was right, and whatever failed before is
    /// forgotten.
    pub fn succeed(&mut self, attempt: OpenAttempt) {
        self.give_back(attempt);
        self.failures = 0;
    }

    /// Undoes an attempt that ended without an answer to whether the password was
    /// right.
    pub fn give_back(&mut self, _: OpenAttempt) {
        self.in_progress = self.in_progress.saturating_sub(1);
    }

    /// A moment in the future comes from a clock that was set back since, or from a node whose
    /// clock differs: it counts as now, or the delay would last until the clock is there.
    fn correct(&mut self, now: Timestamp) {
        if self.in_progress > 0 && (now - self.started_at).abs() > ABANDONED {
            self.failures = self.failures.saturating_add(self.in_progress);
            self.last_at = self.last_at.max(self.started_at);
            self.in_progress = 0;
        }
        self.last_at = self.last_at.min(now);
        self.started_at = self.started_at.min(now);
        if self.latest() <= Self::forgotten_before(now) {
            *self = Self::none(now);
        }
    }

    /// When the last attempt failed or began.
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

    /// How long the next attempt would have to wait.
    fn wait(attempts: &Attempts, now: Timestamp) -> Duration {
        count(&mut attempts.clone(), now).err().map_or(Duration::ZERO, |refused| refused.wait)
    }

    fn fail(attempts: &mut Attempts, now: Timestamp) {
        let attempt = count(attempts, now).unwrap();
        attempts.fail(attempt, now);
    }

    /// The wait after each of `n` failures, each made as soon as it is allowed.
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
    fn five_failures_are_free_and_then_the_delay_doubles_to_a_quarter_of_an_hour() {
        let (.., waits) = waits(17);
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        let many = failed(u32::MAX, start());
        assert_eq!(wait(&many, start()), Duration::minutes(15));
        assert_eq!(wait(&many, start() + Duration::minutes(15)), Duration::ZERO, "no overflow");
    }

    #[test]
    fn the_numbers_can_be_others() {
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
    fn a_refused_attempt_changes_nothing_and_the_wait_told_is_enough_and_no_longer_than_needed() {
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
        let receipts: Vec<_> = (0..5).map(|_| count(&mut attempts, start()).unwrap()).collect();
        let refused = Refused { wait: Duration::SECOND, others_in_progress: true };
        assert_eq!(count(&mut attempts, start()), Err(refused));
        let (mut wrong, mut right, mut unknown) = (attempts, attempts, attempts);
        for attempt in receipts {
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
    fn an_attempt_that_nobody_concludes_is_failed_in_the_end() {
        let mut attempts = Attempts::none(start());
        for _ in 0..6 {
            let _ = count(&mut attempts, start());
        }
        let later = start() + Duration::seconds(31);
        let attempt = count(&mut attempts, later).unwrap();
        assert_eq!((attempts.failures, attempts.in_progress), (5, 1));
        attempts.fail(attempt, later);
        attempts.fail(OpenAttempt(()), later);
        assert_eq!(attempts.failures, 6, "an outcome that comes later is not counted twice");
    }

    #[test]
    fn a_day_of_quiet_is_forgotten() {
        let (attempts, ..) = waits(20);
        let just_before = attempts.last_at + (Duration::hours(24) - Duration::microseconds(1));
        let (mut later, mut forgotten) = (attempts, attempts);
        fail(&mut later, just_before);
        assert_eq!(later.failures, 21);
        fail(&mut forgotten, attempts.last_at + Duration::hours(24));
        assert_eq!(forgotten.failures, 1);
    }

    #[test]
    fn an_attempt_given_back_was_none() {
        let (attempts, now, _) = waits(7);
        let mut again = attempts;
        let attempt = count(&mut again, now).unwrap();
        again.give_back(attempt);
        assert_eq!(Attempts { started_at: attempts.started_at, ..again }, attempts);
        assert_eq!(wait(&again, now), Duration::ZERO, "nor does it delay anybody");
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
