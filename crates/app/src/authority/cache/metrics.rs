//! Counters and histograms of the cache.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A monotonic counter.
#[derive(Default, Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Increments by one.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Increments by `count`.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// The current value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets of [`Histogram`], in microseconds. Longer durations have a bucket of
/// their own.
pub const BUCKETS: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000,
];

/// A histogram of durations.
#[derive(Default, Debug)]
pub struct Histogram {
    buckets: [Counter; BUCKETS.len()],
    overflow: Counter,
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Records one duration.
    pub fn record(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
        let bucket = BUCKETS.iter().zip(&self.buckets).find(|(bound, _)| micros <= **bound);
        bucket.map_or(&self.overflow, |(_, bucket)| bucket).increment();
    }

    /// The count of each bucket, in the order of [`BUCKETS`], and last that of longer durations.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.buckets.iter().chain([&self.overflow]).map(Counter::get)
    }

    /// The sum of all durations.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros.load(Ordering::Relaxed))
    }
}

/// All metrics of one cache. Those of leases and of waiting are written by the store that
/// invalidates it.
#[derive(Default, Debug)]
pub struct CacheMetrics {
    /// Checks answered from the cache.
    pub hits: Counter,
    /// Checks that loaded a view from the store.
    pub misses: Counter,
    /// Loaded views that were not cached, because a change invalidated them during the load.
    pub overtaken: Counter,
    /// Entries dropped to keep within the limits.
    pub evicted: Counter,
    /// Changes applied.
    pub changes: Counter,
    /// Times that all entries were dropped.
    pub flushes: Counter,
    /// Lost leases.
    pub losses: Counter,
    /// Durations of renewals of the lease.
    pub renewals: Histogram,
    /// Durations for which a writer waited until no node could answer by older authority, if all
    /// nodes acknowledged.
    pub acknowledged: Histogram,
    /// The same, if a node did not acknowledge: it renewed its lease twice in the meantime, or its
    /// lease expired.
    pub outwaited: Histogram,
}
