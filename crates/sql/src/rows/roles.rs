//! Roles, their grants, and the catalogue.

use bailiwick_kernel::{DisplayName, RoleId, StoreError};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{CatalogueEntry, Level, Role, SystemRole};
use diesel::prelude::{Insertable, Queryable, QueryableByName, Selectable};
use diesel::sql_types::Bool;

use crate::error::corrupt;
use crate::schema::{permissions, role_permissions, roles};
use crate::types::{Id, Key, SqlTimestamp, optional};

/// A role without its grants.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = roles)]
pub struct RoleRow {
    /// The role.
    pub id: Key,
    org_id: Key,
    name: String,
    name_key: String,
    description: String,
    level: i16,
    system: Option<String>,
    created_at: SqlTimestamp,
}

impl From<&Role> for RoleRow {
    fn from(role: &Role) -> Self {
        Self {
            id: role.id.into(),
            org_id: role.org_id.into(),
            name: role.name.as_str().to_owned(),
            name_key: name_key(&role.name),
            description: role.description.clone(),
            level: role.level.get().into(),
            system: role.system.map(|system| system.as_str().to_owned()),
            created_at: role.created_at.into(),
        }
    }
}

impl TryFrom<RoleRow> for Role {
    type Error = StoreError;

    /// Converts a role without its grants, which are rows of their own.
    fn try_from(row: RoleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            org_id: row.org_id.into(),
            name: DisplayName::from_stored(row.name),
            description: row.description,
            level: level(row.level)?,
            system: row.system.as_deref().map(system_role).transpose()?,
            permissions: Vec::new(),
            created_at: row.created_at.into(),
        })
    }
}

/// Returns the key by which role names are compared. It is computed in Rust, because the databases
/// lower different alphabets.
pub fn name_key(name: &DisplayName) -> String {
    name.as_str().to_lowercase()
}

/// Checks the stored level of a role.
pub fn level(number: i16) -> Result<Level, StoreError> {
    Level::from_stored(number).ok_or_else(|| corrupt("roles.level"))
}

/// Parses the stored name of a system role.
pub fn system_role(text: &str) -> Result<SystemRole, StoreError> {
    SystemRole::parse(text).ok_or_else(|| corrupt("roles.system"))
}

/// Returns the well-formed grants. A malformed grant, which only an operator with direct database
/// access can write, is skipped.
pub fn patterns(texts: impl IntoIterator<Item = String>) -> Vec<Pattern> {
    let parse = |text: String| match Pattern::parse(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            tracing::warn!(grant = text, %error, "a stored grant is no permission and is left out");
            None
        }
    };
    texts.into_iter().filter_map(parse).collect()
}

/// A grant of a role.
#[derive(Clone, Insertable)]
#[diesel(table_name = role_permissions)]
pub struct GrantRow {
    role_id: Key,
    permission: String,
    position: i32,
}

impl GrantRow {
    /// Returns the grants of a role as rows, in the order given.
    pub fn all_of(role: &Role) -> Vec<Self> {
        Self::behind(role.id, &role.permissions, 0)
    }

    /// Returns grants of a role as rows, in the order given, from the position `first` on.
    pub fn behind(role: RoleId, grants: &[Pattern], first: i32) -> Vec<Self> {
        let role_id = Key::from(role);
        let texts = grants.iter().map(|pattern| pattern.as_str().to_owned());
        texts.zip(first..).map(|(permission, position)| Self { role_id, permission, position }).collect()
    }
}

/// An organization, and whether a system role of it lacks a required permission.
#[derive(QueryableByName)]
pub struct LackingRow {
    /// The organization.
    #[diesel(sql_type = Id)]
    pub id: Key,
    /// Whether a system role of it lacks the permission.
    #[diesel(sql_type = Bool)]
    pub lacks: bool,
}

/// An entry of the catalogue of permissions.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = permissions)]
pub struct EntryRow {
    id: Key,
    org_id: Option<Key>,
    resource: String,
    action: String,
    description: String,
    created_at: SqlTimestamp,
}

impl From<&CatalogueEntry> for EntryRow {
    fn from(entry: &CatalogueEntry) -> Self {
        Self {
            id: entry.id.into(),
            org_id: optional(entry.org_id),
            resource: entry.permission.resource().to_owned(),
            action: entry.permission.action().to_owned(),
            description: entry.description.clone(),
            created_at: entry.created_at.into(),
        }
    }
}

impl TryFrom<EntryRow> for CatalogueEntry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let permission = Permission::parse(&format!("{}:{}", row.resource, row.action))
            .map_err(|_| corrupt("permissions.resource, permissions.action"))?;
        Ok(Self {
            id: row.id.into(),
            org_id: optional(row.org_id),
            permission,
            description: row.description,
            created_at: row.created_at.into(),
        })
    }
}
