//! Clocks that a test moves.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration as StdDuration, Instant};

use bailiwick_kernel::{Clock, Stopwatch, Timestamp};
use time::Duration;
use time::macros::datetime;

/// A clock that starts at [`Self::start`] and changes only when the test moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Creates a clock at [`Self::start`].
    pub fn new() -> Self {
        Self::at(Self::start())
    }

    /// Creates a clock at `moment`.
    pub fn at(moment: Timestamp) -> Self {
        Self(Mutex::new(moment))
    }

    /// 2026-01-02 03:04:05.678901 UTC. No field is round, so a truncated one is noticed.
    pub fn start() -> Timestamp {
        Timestamp::new(datetime!(2026-01-02 03:04:05.678_901 UTC))
    }

    /// Sets the time to `moment`, earlier or later.
    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Moves the time forward by `span` and returns the new time.
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

/// A stopwatch that starts at zero and changes only when the test moves it.
#[derive(Default, Debug)]
pub struct ManualStopwatch(Mutex<StdDuration>);

impl ManualStopwatch {
    /// Moves the elapsed time forward by `span`.
    pub fn pass(&self, span: StdDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += span;
    }
}

impl Stopwatch for ManualStopwatch {
    fn elapsed(&self) -> StdDuration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stopwatch that runs from its creation.
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
