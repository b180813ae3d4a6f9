//! Counters and histograms of the cache.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Default, Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper bounds of the classes that [`Histogram`] counts in, in microseconds; what
/// takes longer has a class of its own.
pub const BUCKETS: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000,
];

/// How long something took: a histogram.
#[derive(Default, Debug)]
pub struct Histogram {
    classes: [Counter; BUCKETS.len()],
    longer: Counter,
    sum_micros: AtomicU64,
}

impl Histogram {
    /// It took so long once more.
    pub fn record(&self, span: Duration) {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
        let class = BUCKETS.iter().zip(&self.classes).find(|(bound, _)| micros <= **bound);
        class.map_or(&self.longer, |(_, class)| class).increment();
    }

    /// How often each class was met, in the order of [`BUCKETS`], and last how often it took longer.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.classes.iter().chain([&self.longer]).map(Counter::get)
    }

    /// All of it together.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros.load(Ordering::Relaxed))
    }
}

/// All metrics of one cache. Those of leases and of waiting are written by the store that
/// invalidates it.
#[derive(Default, Debug)]
pub struct CacheMetrics {
    /// Checks that were answered from the cache.
    pub hits: Counter,
    /// Checks for which the store was asked.
    pub misses: Counter,
    /// What was loaded and not kept, because a change touched it meanwhile.
    pub outrun: Counter,
    /// What had to go for something newer.
    pub evicted: Counter,
    /// Changes that were applied.
    pub changes: Counter,
    /// How often everything was forgotten.
    pub flushes: Counter,
    /// Leases lost.
    pub losses: Counter,
    /// How long a renewal of the lease took.
    pub renewals: Histogram,
    /// How long a writer waited until no node went by the older authority: all nodes
    /// acknowledged.
    pub acknowledged: Histogram,
    /// The same, where a node had to be waited for longer: it renewed its lease twice
    /// since, or its lease ran out.
    pub outwaited: Histogram,
}
