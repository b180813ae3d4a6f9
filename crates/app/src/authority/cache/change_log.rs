//! The changes that were applied during a load.

use std::collections::VecDeque;
use std::sync::Arc;

use super::invalidation::{CacheKey, Invalidation};

/// Number of recent changes that are kept. A load that began before all of them is not kept in the
/// cache.
const CAPACITY: usize = 1_024;

/// Number of changes applied when a load began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheVersion(u64);

/// The most recent changes, oldest first.
#[derive(Default, Debug)]
pub(super) struct ChangeLog {
    applied: u64,
    last: VecDeque<Arc<Invalidation>>,
}

impl ChangeLog {
    /// The number of changes applied so far.
    pub fn version(&self) -> CacheVersion {
        CacheVersion(self.applied)
    }

    /// Adds a change.
    pub fn add(&mut self, change: Arc<Invalidation>) {
        self.applied += 1;
        if self.last.len() == CAPACITY {
            self.last.pop_front();
        }
        self.last.push_back(change);
    }

    /// Whether a change since `version` satisfies `affects`. Returns `true` if the log no longer
    /// reaches back to `version`.
    pub fn invalidated_since(&self, version: CacheVersion, affects: impl Fn(&CacheKey) -> bool) -> bool {
        let Ok(missed) = usize::try_from(self.applied - version.0) else { return true };
        missed > self.last.len() || self.last.iter().rev().take(missed).any(|change| change.any(&affects))
    }
}
