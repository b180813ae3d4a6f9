//! The lease of the cache (Gray and Cheriton, Leases, 1989).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// End of the lease on the stopwatch, in nanoseconds: from then on the cache must not answer. Zero:
/// no lease.
#[derive(Default, Debug)]
pub(super) struct Lease(AtomicU64);

impl Lease {
    /// Whether the lease is valid at `elapsed`.
    pub fn lasts_at(&self, elapsed: Duration) -> bool {
        nanos(elapsed) < self.0.load(Ordering::Acquire)
    }

    /// Extends the lease to `deadline`; never shortens it.
    pub fn extend(&self, deadline: Duration) {
        self.0.fetch_max(nanos(deadline), Ordering::AcqRel);
    }

    /// Ends the lease.
    pub fn end(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Saturates at `u64::MAX` nanoseconds.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
