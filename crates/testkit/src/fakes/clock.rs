//! Clocks that a test moves.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration as StdDuration, Instant};

use bailiwick_kernel::{Clock, Stopwatch, Timestamp};
use time::Duration;
use time::macros::datetime;

/// Stands still at [`Self::start`] until it is told otherwise.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock at [`Self::start`].
    pub fn new() -> Self {
        Self::at(Self::start())
    }

    /// A clock at `moment`.
    pub fn at(moment: Timestamp) -> Self {
        Self(Mutex::new(moment))
    }

    /// 2026-01-02 03:04:05.678901 UTC: no field of it is round, so a cut one shows.
    pub fn start() -> Timestamp {
        Timestamp::new(datetime!(2026-01-02 03:04:05.678_901 UTC))
    }

    /// Moves to `moment`, back or forth.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Moves on by `span` and tells the new time.
    pub fn advance(&self, span: Duration) -> Timestamp {
        let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *moment = *moment + span;
        *moment
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands still, at zero, until it is told otherwise.
#[derive(Default, Debug)]
pub struct ManualStopwatch(Mutex<StdDuration>);

impl ManualStopwatch {
    /// Lets `span` pass.
    pub fn pass(&self, span: StdDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += span;
    }
}

impl Stopwatch for ManualStopwatch {
    fn elapsed(&self) -> StdDuration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs since it was made.
#[derive(Debug)]
pub struct RunningStopwatch(Instant);

impl Default for RunningStopwatch {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Stopwatch for RunningStopwatch {
    fn elapsed(&self) -> StdDuration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told() {
        let clock = ManualClock::new();
        assert_eq!(clock.now(), ManualClock::start());
        assert_eq!(clock.advance(Duration::hours(1)), ManualClock::start() + Duration::hours(1));
        assert_eq!(clock.now(), ManualClock::start() + Duration::hours(1));
        clock.set(ManualClock::start());
        assert_eq!(clock.now(), ManualClock::start());
    }
}
