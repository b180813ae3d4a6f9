//! Counters in Redis, which several nodes share.

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
/// Limit of the first connection, for which no caller waits yet.
const GREETING: StdDuration = StdDuration::from_secs(2);
/// A connection that was lost is replaced once within the deadline.
const TRIES: usize = 2;

/// Counts in Redis. While it is gone or slow, each node counts alone and half as
/// generously; that is said once, and once more when it is over. Nobody waits longer
/// than 50 ms, or [`Self::with_deadline`].
pub struct RedisThrottle {
    link: Link,
    script: Script,
    prefix: String,
    alone: LocalThrottle,
    is_alone: AtomicBool,
    deadline: StdDuration,
}

impl RedisThrottle {
    /// Counts at `redis://..` or, by TLS, `rediss://..`, under keys that begin with
    /// `prefix`. A server that cannot be reached is no error: it may come back. To be
    /// called within a runtime that lives as long as the throttle.
    pub async fn connect(url: &str, prefix: &str) -> Result<Self, RedisSetupError> {
        Self::connect_trusting(url, prefix, &PrivateRoots::default()).await
    }

    /// The same, with CA certificates that are trusted beside the built-in roots.
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

    /// The same, where everybody waits so long for Redis.
    #[must_use]
    pub fn with_deadline(self, deadline: StdDuration) -> Self {
        Self { deadline, ..self }
    }

    /// Makes the first connection, so that nobody has to wait for it.
    async fn greet(&self) {
        let nothing = Limit::new("greeting", 1, Duration::MICROSECOND);
        let key = ThrottleKey::from_text("");
        let _ =
            self.evaluate("give_back", nothing, &key, Timestamp::new(time::OffsetDateTime::UNIX_EPOCH)).await;
    }

    /// The answer of the script; `None` when there is none in time.
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
                self.note_together();
                Some(answer)
            }
            Ok(None) => {
                self.note_alone();
                None
            }
            Err(_) => {
                self.link.is_slow();
                self.note_alone();
                None
            }
        }
    }

    fn note_alone(&self) {
        if !self.is_alone.swap(true, Ordering::Relaxed) {
            let cause = self.link.last_error();
            tracing::warn!(%cause, "Redis does not answer: this node counts alone, by stricter limits");
        }
    }

    fn note_together(&self) {
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

    /// What was taken alone, or in time for no answer, is given back where there is an
    /// answer now: nobody has more than all.
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
