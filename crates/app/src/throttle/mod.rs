//! Rate limits, and the port that counts.
//!
//! [`Limit`] holds the algorithm, [`Limits`] the configured numbers, [`RateLimitKey`] what a limit
//! counts by; embedding programs have both of their own. A command names the limits that it counts towards ([`crate::Command::counts`]), and
//! [`crate::App::run`] checks them first. A use case that works before its transaction calls
//! `App::limit` itself. Failed logins are also counted in the database:
//! [`bailiwick_users::lockout`].

mod key;
mod limit;
mod limits;

use async_trait::async_trait;
use bailiwick_kernel::Timestamp;
use time::Duration;

pub use key::{OwnKey, OwnText, RateLimitKey, ThrottleKey};
pub use limit::{Limit, Refusal};
pub use limits::Limits;

use crate::{App, Error};

/// Counts uses of limits, apart for each name of a limit and each key. The time is that of the call, never a
/// clock of the adapter. If several nodes share the counters, they MUST count together.
///
/// There is no error: an adapter that cannot reach its counters MUST count more strictly, so that it lets in
/// at most a whole burst on its own, but at least one of each key. It MUST NOT block the caller.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Takes one of what `key` has left under `limit` ([`Limit::take`]), or returns the time until one
    /// is available. The burst and the period of this call decide, because settings change. A refusal
    /// MUST NOT change anything but a time that a clock left too far ahead ([`Refusal::full_at`]). MUST be
    /// atomic: of any number of concurrent calls, as many succeed as are left.
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration>;

    /// Gives one back ([`Limit::give_back`]), at most the whole burst. A key without a count stays so. MUST be
    /// atomic too: a concurrent [`Self::take`] is not lost.
    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp);
}

impl App {
    /// Counts one towards `limit`; [`Error::Throttled`] if none is left. Call it before any work is
    /// done.
    pub(crate) async fn limit(&self, limit: Limit, counted_by: RateLimitKey) -> Result<(), Error> {
        self.limit_all(&[(limit, counted_by)]).await
    }

    /// Counts one towards each of these limits, or towards none: then [`Error::Throttled`] with the
    /// longest wait, after which none of them refuses.
    pub(crate) async fn limit_all(&self, counts: &[(Limit, RateLimitKey)]) -> Result<(), Error> {
        let mut taken = Vec::with_capacity(counts.len());
        let mut longest = None;
        for (limit, counted_by) in counts {
            let Some(key) = self.key_of(*limit, *counted_by) else { continue };
            let limit = self.parts().settings.limits.get(*limit);
            match self.take(limit, &key).await {
                Ok(()) => taken.push((limit, key)),
                Err(wait) => longest = longest.max(Some(wait)),
            }
        }
        let Some(wait) = longest else { return Ok(()) };
        for (limit, key) in taken {
            self.give_back(limit, &key).await;
        }
        Err(Error::Throttled(wait))
    }

    /// Undoes one count of [`Self::limit`].
    pub(crate) async fn unlimit(&self, limit: Limit, counted_by: RateLimitKey) {
        if let Some(key) = self.key_of(limit, counted_by) {
            self.give_back(self.parts().settings.limits.get(limit), &key).await;
        }
    }

    /// Returns the key to count by; `None` if limits are disabled or the client's address is unknown.
    fn key_of(&self, limit: Limit, counted_by: RateLimitKey) -> Option<ThrottleKey> {
        let counted = self.parts().settings.throttle_enabled;
        counted.then(|| counted_by.key_for(limit.is_own, &self.context().client)).flatten()
    }

    async fn take(&self, limit: Limit, key: &ThrottleKey) -> Result<(), Duration> {
        self.parts().throttle.take(limit, key, self.parts().clock.now()).await
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey) {
        self.parts().throttle.give_back(limit, key, self.parts().clock.now()).await;
    }
}
