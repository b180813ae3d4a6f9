//! Ports for time and randomness, so that tests decide both.

use uuid::Uuid;

use crate::Timestamp;

/// The time of day.
pub trait Clock: Send + Sync {
    /// The present moment, in whole microseconds.
    fn now(&self) -> Timestamp;
}

/// The source of identifiers and secrets.
pub trait IdSource: Send + Sync {
    /// A fresh UUID of version 7 (RFC 9562, section 5.7) whose timestamp is `now`.
    fn uuid_v7(&self, now: Timestamp) -> Uuid;

    /// Fills `bytes` from a cryptographically secure generator.
    fn fill(&self, bytes: &mut [u8]);
}
