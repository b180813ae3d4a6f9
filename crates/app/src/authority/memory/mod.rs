//! What is known about authority without asking the store.
//!
//! A [`Memory`] answers while it holds a lease: then whoever changes authority waits
//! until this memory was told. The store keeps it told ([`crate::Store::keep_told`]),
//! and a loss of the lease makes it silent, never wrong.

mod figures;
mod lease;
mod touched;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::Stopwatch;
use tokio::sync::broadcast;

pub use figures::{CLASSES, Figure, Figures, Timings};
use lease::Lease;
pub use touched::{Key, Touched};

/// So many changes a watcher may lag behind before it must take everything as touched.
const LAG: usize = 1_024;

/// Views of authority, and whether they may be used.
pub struct Memory {
    stopwatch: Arc<dyn Stopwatch>,
    lease: Lease,
    figures: Figures,
    watchers: broadcast::Sender<Arc<Touched>>,
}

impl Memory {
    /// Knows nothing, and may not answer.
    pub fn new(stopwatch: Arc<dyn Stopwatch>) -> Self {
        Self {
            stopwatch,
            lease: Lease::default(),
            figures: Figures::default(),
            watchers: broadcast::Sender::new(LAG),
        }
    }

    /// The time on the stopwatch that the lease is measured with.
    pub fn elapsed(&self) -> Duration {
        self.stopwatch.elapsed()
    }

    /// Whether it may answer.
    pub fn holds_lease(&self) -> bool {
        self.lease.lasts_at(self.elapsed())
    }

    /// Lets it answer until `deadline`. Whoever calls this vouches that every change
    /// committed before is applied, and that no later one is acknowledged to its writer
    /// before it is applied or `deadline` has passed.
    pub fn lease_until(&self, deadline: Duration) {
        self.lease.extend(deadline);
    }

    /// Silences it and makes it forget everything: nobody tells it of changes any more.
    pub fn lose_lease(&self) {
        self.lease.end();
        self.figures.losses.increment();
        self.apply(&Touched::Everything);
    }

    /// Makes it forget what a change touched. When this returns, no check that starts
    /// later is answered from what was known before.
    pub fn apply(&self, touched: &Touched) {
        if touched.is_nothing() {
            return;
        }
        let _ = self.watchers.send(Arc::new(touched.clone()));
    }

    /// Every change from now on, after it was applied. Who lags takes everything as touched.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Touched>> {
        self.watchers.subscribe()
    }

    /// What is counted.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("lease", &self.lease).finish_non_exhaustive()
    }
}
