//! Grants that system roles are to have: finding the organizations that lack some, and adding them.

use std::collections::HashMap;

use bailiwick_kernel::{OrgId, RoleId};
use bailiwick_rbac::Pattern;
use bailiwick_roles::{Lacking, RequiredGrant};
use bailiwick_sql::rows::GrantRow;
use bailiwick_sql::schema::role_permissions;
use bailiwick_sql::types::Key;
use diesel::dsl::max;
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use serde_json::{Value, json};
use uuid::Uuid;

use super::backend::{self, Conn};
use super::run::RunQueryDsl;

/// Largest number of grants that one statement inserts, because a statement of PostgreSQL has at most 65,535
/// parameters.
const AT_ONCE: usize = 5_000;

/// Looks at the next organizations, and returns those in which a system role has no grant that matches a
/// required permission.
pub(super) async fn find_lacking(
    conn: &mut Conn,
    required: &[RequiredGrant],
    after: Option<OrgId>,
    limit: u32,
) -> QueryResult<Lacking> {
    if required.is_empty() {
        return Ok(Lacking::default());
    }
    let entry = |grant: &RequiredGrant| json!({ "role": grant.role.as_str(), "permission": grant.permission.as_str() });
    let required = required.iter().map(entry).collect::<Value>().to_string();
    // No id is before that of all zeros.
    let after = after.map_or(Key(Uuid::nil()), Key::from);
    let looked_at = backend::find_lacking(conn, after, required, i64::from(limit)).await?;
    let is_full = u32::try_from(looked_at.len()).is_ok_and(|number| number >= limit);
    let next = looked_at.last().filter(|_| is_full).map(|row| row.id.into());
    let orgs = looked_at.into_iter().filter(|row| row.lacks).map(|row| row.id.into()).collect();
    Ok(Lacking { orgs, next })
}

/// Inserts grants behind those that the roles have.
pub(super) async fn add(conn: &mut Conn, grants: &[(RoleId, Vec<Pattern>)]) -> QueryResult<()> {
    if grants.is_empty() {
        return Ok(());
    }
    let ids: Vec<Key> = grants.iter().map(|(role, _)| Key::from(*role)).collect();
    let last: Vec<(Key, Option<i32>)> = role_permissions::table
        .filter(role_permissions::role_id.eq_any(ids))
        .group_by(role_permissions::role_id)
        .select((role_permissions::role_id, max(role_permissions::position)))
        .load(conn)
        .await?;
    let last: HashMap<Uuid, i32> =
        last.into_iter().filter_map(|(role, position)| Some((role.0, position?))).collect();
    let rows = |(role, added): &(RoleId, Vec<Pattern>)| {
        let first = last.get(&role.as_uuid()).map_or(0, |position| position.saturating_add(1));
        GrantRow::behind(*role, added, first)
    };
    let rows: Vec<GrantRow> = grants.iter().flat_map(rows).collect();
    for rows in rows.chunks(AT_ONCE) {
        backend::insert_grants(conn, rows.to_vec()).await?;
    }
    Ok(())
}
