//! Limits, keys and counting, for the cases of this suite.

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_kernel::Timestamp;
use time::Duration;

use crate::ManualClock;

/// Five at once; one is replenished every two seconds.
pub const FIVE: Limit = Limit::new("five", 5, Duration::seconds(10));

/// The time of calls that have no other time.
pub fn start() -> Timestamp {
    ManualClock::start()
}

pub fn seconds(count: i64) -> Timestamp {
    start() + Duration::seconds(count)
}

pub fn key(text: impl Into<String>) -> ThrottleKey {
    ThrottleKey::from_text(text)
}

/// Takes until the first refusal, and returns how many were let in. More than ten beyond the burst are not
/// asked for, because a broken throttle may refuse none.
pub async fn drain(throttle: &dyn Throttle, limit: Limit, key: &ThrottleKey, now: Timestamp) -> u32 {
    let mut taken = 0;
    while taken < limit.burst.saturating_add(10) && throttle.take(limit, key, now).await.is_ok() {
        taken += 1;
    }
    taken
}
