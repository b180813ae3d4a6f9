//! Which changes came while something was loaded.

use std::collections::VecDeque;
use std::sync::Arc;

use super::invalidation::{CacheKey, Invalidation};

/// Number of recent changes that are kept. A load that began before all of them is not kept in the
/// cache.
const REMEMBERED: usize = 1_024;

/// The number of changes applied when a load began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheVersion(u64);

/// The last changes, in their order.
#[derive(Default, Debug)]
pub(super) struct ChangeLog {
    applied: u64,
    last: VecDeque<Arc<Invalidation>>,
}

impl ChangeLog {
    /// How many changes were applied.
    pub fn version(&self) -> CacheVersion {
        CacheVersion(self.applied)
    }

    /// One more was.
    pub fn add(&mut self, change: Arc<Invalidation>) {
        self.applied += 1;
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(change);
    }

    /// Whether a change since `version` concerns what `affects` names, or might.
    pub fn invalidated_since(&self, version: CacheVersion, affects: impl Fn(&CacheKey) -> bool) -> bool {
        let Ok(missed) = usize::try_from(self.applied - version.0) else { return true };
        missed > self.last.len() || self.last.iter().rev().take(missed).any(|change| change.any(&affects))
    }
}
