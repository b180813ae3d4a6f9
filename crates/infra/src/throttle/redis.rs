//! Rate limit counters in Redis, which several nodes share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration as StdDuration;

use async_trait::async_trait;
use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_kernel::{PrivateRoots, Timestamp};
use redis::Script;
use time::Duration;
use tokio::time::timeout;

use super::LocalThrottle;
use crate::redis_connect::{Connector, RedisSetupError};
use crate::redis_link::Link;

/// Default timeout of a request to Redis.
const DEADLINE: StdDuration = StdDuration::from_millis(50);
/// Timeout of the first connection, for which no request waits.
const GREETING: StdDuration = StdDuration::from_secs(2);
/// Attempts within the deadline, because a lost connection is replaced once.
const TRIES: usize = 2;

/// Rate limits in Redis. While it is unreachable or slow, each node counts alone by half of each
/// limit; the beginning and the end of that are logged. A request waits at most 50 ms, or
/// [`Self::with_deadline`].
pub struct RedisThrottle {
    link: Link,
    script: Script,
    prefix: String,
    alone: LocalThrottle,
    is_alone: AtomicBool,
    deadline: StdDuration,
}

impl RedisThrottle {
    /// Connects to `redis://..` or, over TLS, `rediss://..`, and uses keys that begin with
    /// `prefix`. An unreachable server is no error, because it may return. Must be called within a
    /// runtime that outlives the throttle.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, RedisSetupError> {
        Self::connect_trusting(url, prefix, &PrivateRoots::default()).await
    }

    /// Does the same, with CA certificates that are trusted in addition to the built-in roots.
    pub async fn connect_trusting(
        url: &str,
        prefix: &str,
        roots: &PrivateRoots,
    ) -> Result<Self, RedisSetupError> {
        let link = Link::new(Connector::new(url, roots)?);
        let throttle = Self {
            link,
            script: Script::new(include_str!("redis.lua")),
            prefix: prefix.to_owned(),
            alone: LocalThrottle::default(),
            is_alone: AtomicBool::new(false),
            deadline: GREETING,
        };
        throttle.greet().await;
        Ok(throttle.with_deadline(DEADLINE))
    }

    /// Sets the timeout of a request to Redis.
    #[must_use]
    pub fn with_deadline(self, deadline: StdDuration) -> Self {
        Self { deadline, ..self }
    }

    /// Opens the first connection, so that no request waits for it.
    async fn greet(&self) {
        let nothing = Limit::new("greeting", 1, Duration::MICROSECOND);
        let key = ThrottleKey::from_text("");
        let _ =
            self.evaluate("give_back", nothing, &key, Timestamp::new(time::OffsetDateTime::UNIX_EPOCH)).await;
    }

    /// Returns the result of the script; `None` if there is none in time.
    async fn evaluate(&self, what: &str, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Option<i64> {
        let mut call = self.script.prepare_invoke();
        call.key(format!("{}throttle:{}:{key}", self.prefix, limit.name))
            .arg(what)
            .arg(now.unix_micros())
            .arg(i64::try_from(limit.interval().whole_microseconds()).unwrap_or(i64::MAX))
            .arg(limit.burst.max(1));
        let answer = timeout(self.deadline, async {
            for _ in 0..TRIES {
                let mut connection = self.link.connection().await?;
                match call.invoke_async(&mut *connection).await {
                    Ok(answer) => {
                        self.link.works(connection);
                        return Some(answer);
                    }
                    Err(error) => self.link.failed(&error),
                }
            }
            None
        });
        match answer.await {
            Ok(Some(answer)) => {
                self.log_shared();
                Some(answer)
            }
            Ok(None) => {
                self.log_alone();
                None
            }
            Err(_) => {
                self.link.is_slow();
                self.log_alone();
                None
            }
        }
    }

    fn log_alone(&self) {
        if !self.is_alone.swap(true, Ordering::Relaxed) {
            let cause = self.link.last_error();
            tracing::warn!(%cause, "Redis does not answer: this node counts alone, by stricter limits");
        }
    }

    fn log_shared(&self) {
        if self.is_alone.swap(false, Ordering::Relaxed) {
            tracing::info!("Redis answers again: throttles are shared");
        }
    }
}

#[async_trait]
impl Throttle for RedisThrottle {
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration> {
        match self.evaluate("take", limit, key, now).await {
            Some(wait) if wait > 0 => Err(Duration::microseconds(wait)),
            Some(_) => Ok(()),
            None => self.alone.take_now(limit.stricter(), key, now),
        }
    }

    /// Gives back to Redis if it responds now, even if the node took while alone or after a
    /// timeout. The algorithm never exceeds the full limit.
    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        if self.evaluate("give_back", limit, key, now).await.is_none() {
            self.alone.give_back_now(limit.stricter(), key, now);
        }
    }
}

impl std::fmt::Debug for RedisThrottle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisThrottle").finish_non_exhaustive()
    }
}
