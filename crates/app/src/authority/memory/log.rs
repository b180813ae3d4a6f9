//! Which changes came while something was loaded.

use std::collections::VecDeque;
use std::sync::Arc;

use super::touched::{Key, Touched};

/// So many of the last changes are remembered. A load that began before all of them is
/// not kept.
const REMEMBERED: usize = 1_024;

/// The number of changes applied when a load began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment(u64);

/// The last changes, in their order.
#[derive(Default, Debug)]
pub(super) struct Log {
    applied: u64,
    last: VecDeque<Arc<Touched>>,
}

impl Log {
    /// How many changes were applied.
    pub fn now(&self) -> Moment {
        Moment(self.applied)
    }

    /// One more was.
    pub fn add(&mut self, change: Arc<Touched>) {
        self.applied += 1;
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(change);
    }

    /// Whether a change since `moment` touched what `affects` tells of, or might have.
    pub fn touched_since(&self, moment: Moment, affects: impl Fn(&Key) -> bool) -> bool {
        let Ok(missed) = usize::try_from(self.applied - moment.0) else { return true };
        missed > self.last.len() || self.last.iter().rev().take(missed).any(|change| change.any(&affects))
    }
}
