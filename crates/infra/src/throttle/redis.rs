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
const DEFAULT_TIMEOUT: StdDuration = StdDuration::from_millis(50);
/// Timeout of the first connection, for which no request waits.
const FIRST_TIMEOUT: StdDuration = StdDuration::from_secs(2);
/// Attempts within the deadline, because a lost connection is replaced once.
const ATTEMPTS: usize = 2;

/// Rate limits in Redis. While Redis is unreachable or slow, each node counts in its own memory by half of
/// each limit, and logs the beginning and the end of that time.
///
/// A request waits for Redis at most 50 ms, unless [`Self::with_deadline`] sets another limit.
pub struct RedisThrottle {
    link: Link,
    script: Script,
    prefix: String,
    local: LocalThrottle,
    counts_locally: AtomicBool,
    deadline: StdDuration,
}

impl RedisThrottle {
    /// Connects to `redis://..` or, over TLS, `rediss://..`, and uses keys that begin with
    /// `prefix`. An unreachable server is no error, because it may return. Must be called within a
    /// runtime that outlives the throttle.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, RedisSetupError> {
        Self::connect_trusting(url, prefix, &PrivateRoots::default()).await
    }

    /// Does the same as [`Self::connect`], with CA certificates that are trusted in addition to the
    /// built-in roots.
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
            local: LocalThrottle::default(),
            counts_locally: AtomicBool::new(false),
            deadline: FIRST_TIMEOUT,
        };
        throttle.open_first_connection().await;
        Ok(throttle.with_deadline(DEFAULT_TIMEOUT))
    }

    /// Sets the timeout of a request to Redis.
    #[must_use]
    pub fn with_deadline(self, deadline: StdDuration) -> Self {
        Self { deadline, ..self }
    }

    /// Opens the first connection, so that no request waits for it.
    async fn open_first_connection(&self) {
        let nothing = Limit::new("greeting", 1, Duration::MICROSECOND);
        let key = ThrottleKey::from_text("");
        let _ =
            self.evaluate("give_back", nothing, &key, Timestamp::new(time::OffsetDateTime::UNIX_EPOCH)).await;
    }

    /// Runs the script, and returns its result; `None` if Redis does not respond within the deadline.
    async fn evaluate(
        &self,
        operation: &str,
        limit: Limit,
        key: &ThrottleKey,
        now: Timestamp,
    ) -> Option<i64> {
        let mut call = self.script.prepare_invoke();
        call.key(format!("{}throttle:{}:{key}", self.prefix, limit.name))
            .arg(operation)
            .arg(now.unix_micros())
            .arg(i64::try_from(limit.interval().whole_microseconds()).unwrap_or(i64::MAX))
            .arg(limit.burst.max(1));
        let answer = timeout(self.deadline, async {
            for _ in 0..ATTEMPTS {
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
                self.log_local();
                None
            }
            Err(_) => {
                self.link.is_slow();
                self.log_local();
                None
            }
        }
    }

    fn log_local(&self) {
        if !self.counts_locally.swap(true, Ordering::Relaxed) {
            let cause = self.link.last_error();
            tracing::warn!(%cause, "Redis does not answer: this node counts alone, by stricter limits");
        }
    }

    fn log_shared(&self) {
        if self.counts_locally.swap(false, Ordering::Relaxed) {
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
            None => self.local.take_now(limit.stricter(), key, now),
        }
    }

    /// Gives back to Redis if it responds now, even if the node counted locally when it took. This is
    /// harmless, because what is left in Redis never exceeds the limit.
    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        if self.evaluate("give_back", limit, key, now).await.is_none() {
            self.local.give_back_now(limit.stricter(), key, now);
        }
    }
}

impl std::fmt::Debug for RedisThrottle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisThrottle").finish_non_exhaustive()
    }
}
