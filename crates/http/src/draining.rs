//! The state between "stop" and the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The cause of answers that refuse because the service is about to stop.
pub const DRAINING: &str = "draining";

/// Whether the service is about to stop. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on the service is about to stop.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
