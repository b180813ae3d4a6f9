//! The audit trail.

use bailiwick_app::audit::{Actions, AuditFilter, Entry, Target, TargetKind};
use bailiwick_kernel::{AuditId, OrgId, SessionId, TargetId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::extract::Params;
use crate::problem::Problem;

/// Which rows the query asks for.
pub fn audit_filter(params: &Params) -> Result<AuditFilter, Problem> {
    Ok(AuditFilter {
        actor: params.parsed("actor", UserId::parse)?,
        actions: params.parsed("action", Actions::parse)?,
        target: params.parsed("target", TargetId::parse)?,
        from: params.parsed("from", Timestamp::parse)?,
        to: params.parsed("to", Timestamp::parse)?,
    })
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRowDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: AuditId,
    /// The organization that it happened in; null for what happened to an account as such.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub org_id: Option<OrgId>,
    /// The actor; null for public routes and for commands on the machine.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub actor_id: Option<UserId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    pub session_id: Option<SessionId>,
    /// `noun.verb`, such as `member.assign_role`.
    pub action: &'static str,
    pub target: Option<AuditTargetDto>,
    /// What changed, as it was.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What changed, as it is since.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The `X-Request-Id` of the request that did it.
    pub request_id: Option<String>,
    /// The address that the request came from.
    pub ip: Option<String>,
}

/// To what it was done. It may be gone since.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditTargetDto {
    /// `user`, `session`, `organization`, `role`, `permission`, `invitation` or `mail`.
    #[schema(value_type = String)]
    pub kind: TargetKind,
    #[schema(value_type = uuid::Uuid)]
    pub id: TargetId,
}

impl From<Entry> for AuditRowDto {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            org_id: entry.org,
            actor_id: entry.actor,
            session_id: entry.session,
            action: entry.action.as_str(),
            target: entry.target.map(AuditTargetDto::from),
            before: entry.before,
            after: entry.after,
            at: entry.at,
            request_id: entry.request_id,
            ip: entry.ip,
        }
    }
}

impl From<Target> for AuditTargetDto {
    fn from(target: Target) -> Self {
        Self { kind: target.kind, id: target.id }
    }
}
