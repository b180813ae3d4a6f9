//! Rows of the audit trail.

use bailiwick_app::audit::{Action, Entry, Target, TargetKind};
use bailiwick_kernel::{StoreError, TargetId};
use diesel::prelude::{Insertable, Queryable, Selectable};
use serde_json::Value;

use crate::error::corrupt;
use crate::schema::audit_log;
use crate::types::{Key, SqlTimestamp, optional};

/// An entry of the audit trail.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log)]
pub struct AuditRow {
    id: Key,
    org_id: Option<Key>,
    actor_id: Option<Key>,
    session_id: Option<Key>,
    action: String,
    target_kind: Option<String>,
    target_id: Option<Key>,
    before_values: Option<String>,
    after_values: Option<String>,
    at: SqlTimestamp,
    request_id: Option<String>,
    ip: Option<String>,
}

impl From<&Entry> for AuditRow {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id.into(),
            org_id: optional(entry.org),
            actor_id: optional(entry.actor),
            session_id: optional(entry.session),
            action: entry.action.as_str().to_owned(),
            target_kind: entry.target.map(|target| target.kind.as_str().to_owned()),
            target_id: entry.target.map(|target| target.id.into()),
            before_values: entry.before.as_ref().map(Value::to_string),
            after_values: entry.after.as_ref().map(Value::to_string),
            at: entry.at.into(),
            request_id: entry.request_id.clone(),
            ip: entry.ip.clone(),
        }
    }
}

impl TryFrom<AuditRow> for Entry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            org: optional(row.org_id),
            actor: optional(row.actor_id),
            session: optional(row.session_id),
            action: Action::parse(&row.action).ok_or_else(|| corrupt("audit_log.action"))?,
            target: target(row.target_kind.as_deref(), optional(row.target_id))?,
            before: values(row.before_values.as_deref())?,
            after: values(row.after_values.as_deref())?,
            at: row.at.into(),
            request_id: row.request_id,
            ip: row.ip,
        })
    }
}

fn target(kind: Option<&str>, id: Option<TargetId>) -> Result<Option<Target>, StoreError> {
    match (kind.map(TargetKind::parse), id) {
        (None, None) => Ok(None),
        (Some(Some(kind)), Some(id)) => Ok(Some(Target { kind, id })),
        _ => Err(corrupt("audit_log.target_kind, audit_log.target_id")),
    }
}

fn values(json: Option<&str>) -> Result<Option<Value>, StoreError> {
    let read =
        |json| serde_json::from_str(json).map_err(|_| corrupt("audit_log.before_values, after_values"));
    json.map(read).transpose()
}
