//! Queries and rows of the audit trail.

use bailiwick_app::audit::{Action, Actions, AuditFilter, Entry, Target, TargetKind};
use bailiwick_kernel::{AuditId, OrgId, SessionId, TargetId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::values;
use crate::extract::Params;
use crate::problem::Problem;

/// Reads the filter from the query. Returns a validation error that names the invalid parameter.
pub fn audit_filter(params: &Params) -> Result<AuditFilter, Problem> {
    Ok(AuditFilter {
        actor: params.parsed("actor", UserId::parse)?,
        actions: params.parsed("action", Actions::parse)?,
        target: params.parsed("target", TargetId::parse)?,
        from: params.parsed("from", Timestamp::parse)?,
        to: params.parsed("to", Timestamp::parse)?,
    })
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRowDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: AuditId,
    /// The organization of the action; null for an action on an account as such.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub org_id: Option<OrgId>,
    /// The actor; null for public routes and for commands on the machine.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub actor_id: Option<UserId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    pub session_id: Option<SessionId>,
    #[schema(value_type = values::AuditAction)]
    pub action: Action,
    pub target: Option<AuditTargetDto>,
    /// The changed values before the action.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The changed values after the action.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    /// The `X-Request-Id` of the request.
    #[schema(example = "0198c5a0-7d3e-7000-8000-000000000001")]
    pub request_id: Option<String>,
    /// The IP address of the client.
    #[schema(example = "192.0.2.1")]
    pub ip: Option<String>,
}

/// The target of an action. It may have been deleted since.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditTargetDto {
    #[schema(value_type = values::AuditTargetKind)]
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
            action: entry.action,
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
