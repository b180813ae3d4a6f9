//! How often something may be done: the limits, and the port that counts.
//!
//! [`Limit`] holds the arithmetic, [`Limits`] the numbers in force, [`RateLimitKey`] says for whom
//! something counts. A command names what it counts towards ([`crate::Command::counts`]) and
//! [`crate::App::run`] looks before anything else; whatever has work to do before its
//! transaction asks [`crate::App::limit`] first. Failed logins are counted besides,
//! in the database: [`bailiwick_users::lockout`].

mod key;
mod limit;
mod limits;

use async_trait::async_trait;
use bailiwick_kernel::Timestamp;
use time::Duration;

pub use key::{RateLimitKey, ThrottleKey};
pub use limit::{Limit, Refusal};
pub use limits::Limits;

use crate::{App, Error};

/// Counts. It has no failure: an adapter that cannot reach what it counts in MUST
/// count in a stricter way, and MUST NOT keep a caller waiting.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Takes one from what `key` has left under `limit` ([`Limit::take`]), or tells
    /// how long until there is one. A refusal MUST NOT change anything but a moment that a
    /// clock left too far ahead ([`Refusal::full_at`]). MUST be atomic: of any number of
    /// calls at once, as many succeed as there are left.
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration>;

    /// Gives one back ([`Limit::give_back`]).
    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp);
}

impl App {
    /// Counts one towards `limit`; [`Error::Throttled`] when none is left. To be asked
    /// before any work is done.
    pub(crate) async fn limit(&self, limit: Limit, whom: RateLimitKey) -> Result<(), Error> {
        self.limit_all(&[(limit, whom)]).await
    }

    /// Counts one towards each of these limits, or towards none: then the longest of
    /// the waits is told, after which none of them refuses.
    pub(crate) async fn limit_all(&self, counts: &[(Limit, RateLimitKey)]) -> Result<(), Error> {
        let mut taken = Vec::with_capacity(counts.len());
        let mut longest = None;
        for (limit, whom) in counts {
            let Some(key) = self.key_of(*whom) else { continue };
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

    /// Takes back what was counted by [`Self::limit`].
    pub(crate) async fn unlimit(&self, limit: Limit, whom: RateLimitKey) {
        if let Some(key) = self.key_of(whom) {
            self.give_back(self.parts().settings.limits.get(limit), &key).await;
        }
    }

    /// `None` for whom nothing is counted.
    fn key_of(&self, whom: RateLimitKey) -> Option<ThrottleKey> {
        let counted = self.parts().settings.throttle_enabled;
        counted.then(|| whom.key(&self.context().client)).flatten()
    }

    async fn take(&self, limit: Limit, key: &ThrottleKey) -> Result<(), Duration> {
        self.parts().throttle.take(limit, key, self.parts().clock.now()).await
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey) {
        self.parts().throttle.give_back(limit, key, self.parts().clock.now()).await;
    }
}
