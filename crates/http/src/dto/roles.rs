//! Bodies of roles and permissions.

use bailiwick_app::roles::{AddPermission, ChangeRole, CreateRole, ReorderRoles};
use bailiwick_kernel::{DisplayName, PermissionId, RoleId, Timestamp};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{CatalogueEntry, Level, Role, RoleDraft, RoleOrder, RoleOrderError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::prose;
use crate::dto::values;
use crate::extract::{Fields, Input};

const MAX_DESCRIPTION: usize = 500;
const MAX_GRANTS: usize = 200;

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateRoleBody {
    #[schema(required, value_type = values::DisplayName)]
    name: Option<String>,
    #[schema(value_type = Option<values::Prose500>)]
    description: Option<String>,
    /// Below the caller's own level.
    #[schema(required, value_type = values::CustomRoleLevel)]
    hierarchy_level: Option<i64>,
    /// The grants.
    #[schema(required, value_type = Vec<values::Grant>, max_items = 200)]
    permissions: Option<Vec<String>>,
}

impl Input for CreateRoleBody {
    type Value = CreateRole;

    fn check(self, fields: &mut Fields) -> Option<CreateRole> {
        let name = fields.required("/name", self.name, DisplayName::parse);
        let description =
            fields.optional("/description", self.description, |text| prose(text, MAX_DESCRIPTION));
        let level =
            fields.required("/hierarchy_level", self.hierarchy_level, |number| Level::custom(*number));
        let permissions = match self.permissions {
            Some(texts) => patterns(fields, &texts),
            None => fields.missing("/permissions"),
        };
        let draft = RoleDraft {
            name: name?,
            description: description?.unwrap_or_default(),
            level: level?,
            permissions: permissions?,
        };
        Some(CreateRole { draft })
    }
}

/// New values of a role. Absent fields keep their values.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangeRoleBody {
    #[schema(value_type = Option<values::DisplayName>)]
    name: Option<String>,
    #[schema(value_type = Option<values::Prose500>)]
    description: Option<String>,
    #[schema(value_type = Option<values::CustomRoleLevel>)]
    hierarchy_level: Option<i64>,
    #[schema(value_type = Option<Vec<values::Grant>>, max_items = 200)]
    permissions: Option<Vec<String>>,
}

/// A checked change that is not yet bound to a role.
pub struct RoleChange {
    name: Option<DisplayName>,
    description: Option<String>,
    level: Option<Level>,
    permissions: Option<Vec<Pattern>>,
}

impl RoleChange {
    /// Returns the command that changes the role `id`.
    pub fn of(self, id: RoleId) -> ChangeRole {
        ChangeRole {
            id,
            name: self.name,
            description: self.description,
            level: self.level,
            permissions: self.permissions,
        }
    }
}

impl Input for ChangeRoleBody {
    type Value = RoleChange;

    fn check(self, fields: &mut Fields) -> Option<RoleChange> {
        let name = fields.optional("/name", self.name, DisplayName::parse);
        let description =
            fields.optional("/description", self.description, |text| prose(text, MAX_DESCRIPTION));
        let level =
            fields.optional("/hierarchy_level", self.hierarchy_level, |number| Level::custom(*number));
        let permissions = match self.permissions {
            Some(texts) => patterns(fields, &texts).map(Some),
            None => Some(None),
        };
        Some(RoleChange { name: name?, description: description?, level: level?, permissions: permissions? })
    }
}

/// Parses each grant, so that the response names every invalid one.
fn patterns(fields: &mut Fields, texts: &[String]) -> Option<Vec<Pattern>> {
    if texts.len() > MAX_GRANTS {
        return fields.refuse("/permissions", "too_long", "a role has at most 200 permissions");
    }
    let parsed: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| fields.required(&format!("/permissions/{n}"), Some(text.clone()), Pattern::parse))
        .collect();
    parsed.into_iter().collect()
}

/// A new order of custom roles.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReorderRolesBody {
    /// All or some custom roles, highest first, each once.
    #[schema(required, value_type = Vec<uuid::Uuid>, min_items = 1)]
    role_ids: Option<Vec<String>>,
}

impl Input for ReorderRolesBody {
    type Value = ReorderRoles;

    fn check(self, fields: &mut Fields) -> Option<ReorderRoles> {
        let Some(texts) = self.role_ids else { return fields.missing("/role_ids") };
        let ids: Vec<_> = texts
            .into_iter()
            .enumerate()
            .map(|(n, text)| fields.required(&format!("/role_ids/{n}"), Some(text), role_id))
            .collect();
        match RoleOrder::new(ids.into_iter().collect::<Option<_>>()?) {
            Ok(order) => Some(ReorderRoles { order }),
            Err(error @ RoleOrderError::Empty) => fields.refuse("/role_ids", "invalid", error.to_string()),
            Err(error @ RoleOrderError::Repeated(n)) => {
                fields.refuse(&format!("/role_ids/{n}"), "invalid", error.to_string())
            }
        }
    }
}

fn role_id(text: &str) -> Result<RoleId, &'static str> {
    RoleId::parse(text).ok_or("role_id must be a UUID")
}

/// A new entry of the catalogue.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddPermissionBody {
    #[schema(required, value_type = values::PermissionHalf)]
    resource: Option<String>,
    #[schema(required, value_type = values::PermissionHalf)]
    action: Option<String>,
    #[schema(value_type = Option<values::Prose500>)]
    description: Option<String>,
    /// The organization. Without it, a platform administrator adds to the global catalogue.
    #[serde(rename = "org_id")]
    #[schema(value_type = Option<uuid::Uuid>)]
    _org_id: Option<serde_json::Value>,
}

impl Input for AddPermissionBody {
    type Value = AddPermission;

    fn check(self, fields: &mut Fields) -> Option<AddPermission> {
        let half = |text: &str| Permission::parse(&format!("{text}:x")).map(|_| text.to_owned());
        let resource = fields.required("/resource", self.resource, half);
        let action = fields.required("/action", self.action, half);
        let description =
            fields.optional("/description", self.description, |text| prose(text, MAX_DESCRIPTION));
        let permission = Permission::parse(&format!("{}:{}", resource?, action?)).ok()?;
        Some(AddPermission { permission, description: description?.unwrap_or_default() })
    }
}

/// The role to assign.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssignRoleBody {
    #[schema(required, value_type = uuid::Uuid)]
    role_id: Option<String>,
}

impl Input for AssignRoleBody {
    type Value = RoleId;

    fn check(self, fields: &mut Fields) -> Option<RoleId> {
        fields.required("/role_id", self.role_id, role_id)
    }
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: RoleId,
    #[schema(value_type = values::DisplayName)]
    pub name: DisplayName,
    #[schema(value_type = values::Prose500)]
    pub description: String,
    #[schema(value_type = values::RoleLevel)]
    pub hierarchy_level: u8,
    pub is_system_role: bool,
    /// The grants of the role, with wildcards.
    #[schema(value_type = Vec<values::Grant>)]
    pub permissions: Vec<String>,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl From<Role> for RoleDto {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            hierarchy_level: role.level.get(),
            is_system_role: role.system.is_some(),
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            created_at: role.created_at,
        }
    }
}

/// An entry of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: PermissionId,
    #[schema(value_type = values::Permission)]
    pub name: String,
    #[schema(value_type = values::PermissionHalf)]
    pub resource: String,
    #[schema(value_type = values::PermissionHalf)]
    pub action: String,
    #[schema(value_type = values::Prose500)]
    pub description: String,
}

impl From<CatalogueEntry> for PermissionDto {
    fn from(entry: CatalogueEntry) -> Self {
        Self {
            id: entry.id,
            name: entry.permission.to_string(),
            resource: entry.permission.resource().to_owned(),
            action: entry.permission.action().to_owned(),
            description: entry.description,
        }
    }
}
