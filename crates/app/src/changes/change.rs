//! One change.

use std::marker::PhantomData;

use bailiwick_kernel::{AuditId, OrgId, Timestamp, UserId};
use serde_json::Value;

use super::{ChangeKind, OtherTarget};
use crate::audit::Entry;

/// A change of one kind, with the row of the audit trail that describes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Change<K: ChangeKind> {
    entry: Entry,
    target: K::Target,
    position: Option<u64>,
    kind: PhantomData<K>,
}

impl<K: ChangeKind> Change<K> {
    /// Reads a row of the audit trail, at its position in the feed if it has one. `None` if the row is of
    /// another kind; [`OtherTarget`] if it is of this kind and its target is not.
    pub fn read(entry: &Entry, position: Option<u64>) -> Result<Option<Self>, OtherTarget> {
        if entry.action != K::ACTION {
            return Ok(None);
        }
        let target = entry.target.and_then(|target| K::Target::try_from(target).ok()).ok_or(OtherTarget)?;
        Ok(Some(Self { entry: entry.clone(), target, position, kind: PhantomData }))
    }

    /// Returns the id of the change. It is the same if the change is delivered again.
    pub fn id(&self) -> AuditId {
        self.entry.id
    }

    /// Returns the position in the feed. Within an organization it increases in the order of the commits.
    /// `None` before the commit.
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// Returns the organization; `None` for a change of an account alone.
    pub fn org(&self) -> Option<OrgId> {
        self.entry.org
    }

    /// Returns the object that was changed: for [`MemberJoined`](super::MemberJoined) the account.
    pub fn target(&self) -> K::Target {
        self.target
    }

    /// Returns the account that made the change; `None` for public routes and for commands on the machine.
    pub fn actor(&self) -> Option<UserId> {
        self.entry.actor
    }

    /// Returns the time of the change.
    pub fn at(&self) -> Timestamp {
        self.entry.at
    }

    /// Returns a value before the change, as the audit trail shows it.
    pub fn before(&self, name: &str) -> Option<&Value> {
        self.entry.before.as_ref()?.get(name)
    }

    /// Returns a value after the change, as the audit trail shows it.
    pub fn after(&self, name: &str) -> Option<&Value> {
        self.entry.after.as_ref()?.get(name)
    }

    /// Returns the row of the audit trail.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }
}
