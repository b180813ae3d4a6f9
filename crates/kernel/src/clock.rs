//! Ports for time and randomness, so that tests control both.

use std::time::Duration;

use uuid::Uuid;

use crate::Timestamp;

/// The system time.
pub trait Clock: Send + Sync {
    /// Returns the current time in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// A monotonic clock that cannot be set and also runs while the machine sleeps.
pub trait Stopwatch: Send + Sync {
    /// Returns the time since a fixed, arbitrary point before the program started.
    fn elapsed(&self) -> Duration;
}

/// The source of identifiers and secrets.
pub trait IdSource: Send + Sync {
    /// Generates a UUID of version 7 (RFC 9562, section 5.7) whose timestamp is `now`.
    fn uuid_v7(&self, now: Timestamp) -> Uuid;

    /// Fills `bytes` from a cryptographically secure generator.
    fn fill(&self, bytes: &mut [u8]);
}
