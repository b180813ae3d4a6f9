//! Ports for time and randomness, so that tests decide both.

use std::time::Duration;

use uuid::Uuid;

use crate::Timestamp;

/// The time of day.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// Time that only passes: nobody sets it, and it goes on while the machine sleeps.
pub trait Stopwatch: Send + Sync {
    /// What has passed since some moment before the program started.
    fn elapsed(&self) -> Duration;
}

/// The source of identifiers and secrets.
pub trait IdSource: Send + Sync {
    /// A fresh UUID of version 7 (RFC 9562, section 5.7) whose timestamp is `now`.
    fn uuid_v7(&self, now: Timestamp) -> Uuid;

    /// Fills `bytes` from a cryptographically secure generator.
    fn fill(&self, bytes: &mut [u8]);
}
