//! A throttle without limits.

use async_trait::async_trait;
use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_kernel::Timestamp;
use time::Duration;

/// A throttle that admits every request.
#[derive(Clone, Copy, Default, Debug)]
pub struct FreeThrottle;

#[async_trait]
impl Throttle for FreeThrottle {
    async fn take(&self, _: Limit, _: &ThrottleKey, _: Timestamp) -> Result<(), Duration> {
        Ok(())
    }

    async fn give_back(&self, _: Limit, _: &ThrottleKey, _: Timestamp) {}
}
