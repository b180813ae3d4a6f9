//! What must hold after each step, whatever the stores answer.

mod audit;
mod authority;
mod grants;
mod references;
mod secrets;
mod tenants;

use std::collections::BTreeSet;

use bailiwick::app::audit::Entry;
use bailiwick::kernel::Timestamp;
use bailiwick::users::UserStatus;

use crate::act::Done;
use crate::history::Step;
use crate::known::Known;
use crate::select::Selected;
use crate::snapshot::Snapshot;

pub use authority::Probe;
pub use secrets::Used;

/// A step that was taken, with the state before and after it.
pub struct Taken<'a> {
    /// The step.
    pub step: &'a Step,
    /// What it was about.
    pub selected: &'a Selected,
    /// Its answer.
    pub done: &'a Done,
    /// What was known before.
    pub known: &'a Known,
    /// The state after it.
    pub after: &'a Snapshot,
    /// Its time.
    pub now: Timestamp,
    /// Its number.
    pub number: usize,
}

impl Taken<'_> {
    fn before(&self) -> &Snapshot {
        &self.known.state
    }

    /// Returns the audit rows that the step added.
    fn rows(&self) -> Vec<&Entry> {
        let known: BTreeSet<_> = self.before().audit.iter().map(|entry| entry.id).collect();
        self.after.audit.iter().filter(|entry| !known.contains(&entry.id)).collect()
    }
}

/// Checks every invariant of one state or two. Returns what is broken.
pub fn check(taken: &Taken<'_>) -> Result<(), String> {
    each_organization_has_an_owner(taken.after)?;
    references::check(taken.after, taken.now)?;
    grants::check(taken)?;
    tenants::check(taken)?;
    audit::check(taken)
}

/// An organization that is not archived has an active owner. The account of a founder may still wait for
/// its verification.
fn each_organization_has_an_owner(state: &Snapshot) -> Result<(), String> {
    for org in &state.orgs {
        let mut members = state.members(org.id);
        let has_owner = members.any(|record| {
            grants::is_active(record)
                && grants::is_owner(record)
                && record.user.status != UserStatus::Inactive
        });
        if !has_owner {
            return Err(format!("{} {} has no active owner", org.id, org.slug));
        }
    }
    Ok(())
}
