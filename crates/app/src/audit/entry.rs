//! Stored audit entries.

use bailiwick_kernel::{AuditId, OrgId, SessionId, TargetId, Timestamp, UserId};
use serde_json::Value;

use super::{Action, Actions, Target};

/// A row of the audit trail. It has no foreign keys, so it outlasts its target. It contains no
/// secret and no hash of one (CVE-2025-47870).
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Identity.
    pub id: AuditId,
    /// The organization in which it happened; `None` for an event of an account alone.
    pub org: Option<OrgId>,
    /// The actor; `None` for public routes and for commands on the machine.
    pub actor: Option<UserId>,
    /// The session of the actor.
    pub session: Option<SessionId>,
    /// The action.
    pub action: Action,
    /// The target of the action.
    pub target: Option<Target>,
    /// The changed values before the action.
    pub before: Option<Value>,
    /// The changed values after the action.
    pub after: Option<Value>,
    /// Time of the action.
    pub at: Timestamp,
    /// Id of the request.
    pub request_id: Option<String>,
    /// Address of the client.
    pub ip: Option<String>,
}

/// Filter of a list. A row must match all fields that are set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// User id of the actor.
    pub actor: Option<UserId>,
    /// The actions.
    pub actions: Option<Actions>,
    /// Id of the target, of any kind.
    pub target: Option<TargetId>,
    /// Earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time, exclusive.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether the filter matches this row.
    pub fn shows(&self, entry: &Entry) -> bool {
        self.actor.is_none_or(|actor| entry.actor == Some(actor))
            && self.actions.as_ref().is_none_or(|actions| actions.contains(entry.action))
            && self.target.is_none_or(|id| entry.target.is_some_and(|target| target.id == id))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
    }
}
