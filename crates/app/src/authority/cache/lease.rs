//! Until when the cache may answer (Gray and Cheriton, Leases, 1989).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// End of the lease on the stopwatch, in nanoseconds: from then on the cache must not answer.
#[derive(Default, Debug)]
pub(super) struct Lease(AtomicU64);

impl Lease {
    /// Whether it lasts at `elapsed`.
    pub fn lasts_at(&self, elapsed: Duration) -> bool {
        nanos(elapsed) < self.0.load(Ordering::Acquire)
    }

    /// Lets it last until `deadline`, or as long as it does already.
    pub fn extend(&self, deadline: Duration) {
        self.0.fetch_max(nanos(deadline), Ordering::AcqRel);
    }

    /// Ends it.
    pub fn end(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// More than 500 years are as long.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
