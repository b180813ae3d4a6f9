//! Rate limit counters in the memory of the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_kernel::Timestamp;
use time::Duration;

/// Default of the largest number of keys, about 20 MB.
const MOST_KEYS: usize = 100_000;
/// Shortest pause between two sweeps for keys that need not be kept, because a sweep takes time.
const BETWEEN_SWEEPS: Duration = Duration::SECOND;

/// Rate limits of this process alone. The number of keys is limited: full keys are dropped to make
/// room, and if none is full, further keys share one counter.
#[derive(Debug)]
pub struct LocalThrottle {
    most_keys: usize,
    counters: Mutex<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    counted: HashMap<Counter, Counted>,
    swept_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    /// Time at which the whole limit is available again.
    full_at: Timestamp,
    /// Longest time until then, [`Limit::window`].
    window: Duration,
}

/// A limit by its name, and whether it is an own one, and a key; without a key, the counter shared by all
/// further keys.
type Counter = (&'static str, bool, Option<ThrottleKey>);

impl Default for LocalThrottle {
    fn default() -> Self {
        Self::holding(MOST_KEYS)
    }
}

impl LocalThrottle {
    /// Creates a throttle for at most `most_keys` keys.
    pub fn holding(most_keys: usize) -> Self {
        Self { most_keys, counters: Mutex::default() }
    }

    /// Returns the number of keys that are counted now.
    pub fn keys(&self) -> usize {
        self.counters().counted.len()
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Throttle::take`], without waiting.
    pub fn take_now(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration> {
        let mut counters = self.counters();
        let counter = counters.counter(limit, key, now, self.most_keys);
        let taken = limit.take(counters.full_at(&counter), now);
        let full_at = taken.unwrap_or_else(|refusal| refusal.full_at);
        counters.counted.insert(counter, Counted { full_at, window: limit.window() });
        taken.map(|_| ()).map_err(|refusal| refusal.wait)
    }

    /// As [`Throttle::give_back`].
    pub fn give_back_now(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        let mut counters = self.counters();
        let counter = (limit.name, limit.is_own, Some(key.clone()));
        let Some(full_at) = counters.full_at(&counter) else { return };
        match limit.give_back(Some(full_at), now) {
            Some(full_at) => counters.counted.insert(counter, Counted { full_at, window: limit.window() }),
            None => counters.counted.remove(&counter),
        };
    }
}

impl Counters {
    fn full_at(&self, counter: &Counter) -> Option<Timestamp> {
        self.counted.get(counter).map(|counted| counted.full_at)
    }

    /// Returns the counter of the key.
    fn counter(&mut self, limit: Limit, key: &ThrottleKey, now: Timestamp, most_keys: usize) -> Counter {
        let own = (limit.name, limit.is_own, Some(key.clone()));
        if self.counted.contains_key(&own) {
            return own;
        }
        if self.counted.len() >= most_keys {
            self.sweep(now);
        }
        if self.counted.len() < most_keys { own } else { (limit.name, limit.is_own, None) }
    }

    /// Drops the keys whose whole limit is available. Times that a clock set too far ahead are cut
    /// to the window, so that such keys are dropped too.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept_at.is_some_and(|before| (now - before).abs() < BETWEEN_SWEEPS) {
            return;
        }
        self.swept_at = Some(now);
        self.counted.retain(|_, counted| {
            counted.full_at = counted.full_at.min(now + counted.window);
            counted.full_at > now
        });
    }
}

#[async_trait]
impl Throttle for LocalThrottle {
    async fn take(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) -> Result<(), Duration> {
        self.take_now(limit, key, now)
    }

    async fn give_back(&self, limit: Limit, key: &ThrottleKey, now: Timestamp) {
        self.give_back_now(limit, key, now);
    }
}
