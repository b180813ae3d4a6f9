//! What is stored of an action.

use bailiwick_kernel::{AuditId, OrgId, SessionId, TargetId, Timestamp, UserId};
use serde_json::Value;

use super::{Action, Actions, Target};

/// A row of the audit trail. It refers to nothing: it stays when what it tells of
/// is gone. No secret and no hash of one stands in it (CVE-2025-47870).
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Identity.
    pub id: AuditId,
    /// The organization that it happened in; `None` for what happened to an
    /// account as such.
    pub org: Option<OrgId>,
    /// The actor; `None` for public routes and for commands on the machine.
    pub actor: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// What.
    pub action: Action,
    /// To what.
    pub target: Option<Target>,
    /// What changed, as it was.
    pub before: Option<Value>,
    /// What changed, as it is since.
    pub after: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// By which request.
    pub request_id: Option<String>,
    /// From which address.
    pub ip: Option<String>,
}

/// Which rows a list shows: those that all of these fit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// User id of the actor.
    pub actor: Option<UserId>,
    /// What.
    pub actions: Option<Actions>,
    /// To what, whatever its kind.
    pub target: Option<TargetId>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether the list shows this row.
    pub fn shows(&self, entry: &Entry) -> bool {
        self.actor.is_none_or(|actor| entry.actor == Some(actor))
            && self.actions.as_ref().is_none_or(|actions| actions.contains(entry.action))
            && self.target.is_none_or(|id| entry.target.is_some_and(|target| target.id == id))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
    }
}
