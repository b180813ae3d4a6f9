//! The rows of a dump, in the shape of the tables of the FastAPI service, and what they become here.
//! Each conversion fails with the reason, as a sentence for the report.

use bailiwick::kernel::{DisplayName, Email, OrgId, RoleId, Slug, Timestamp, UserId};
use bailiwick::orgs::{MembershipStatus, Organization};
use bailiwick::rbac::Pattern;
use bailiwick::roles::{Level, Role, SystemRole};
use bailiwick::users::{PasswordHash, User, UserStatus};
use serde::Deserialize;

/// All tables. `SELECT json_agg(t) FROM users t` and so on write them.
#[derive(Deserialize)]
pub struct Dump {
    pub users: Vec<UserRow>,
    pub organizations: Vec<OrganizationRow>,
    pub roles: Vec<RoleRow>,
    pub permissions: Vec<PermissionRow>,
    pub role_permissions: Vec<RolePermissionRow>,
    pub organization_members: Vec<MemberRow>,
}

/// An account.
#[derive(Clone, Deserialize)]
pub struct UserRow {
    pub id: UserId,
    pub email: String,
    pub password: String,
    pub first_name: String,
    pub last_name: String,
    pub status: String,
    pub email_verified: bool,
    pub created_at: String,
}

/// An organization.
#[derive(Clone, Deserialize)]
pub struct OrganizationRow {
    pub id: OrgId,
    pub name: String,
    pub slug: String,
    pub created_at: String,
}

/// A role of an organization.
#[derive(Clone, Deserialize)]
pub struct RoleRow {
    pub id: RoleId,
    pub organization_id: OrgId,
    pub name: String,
    pub description: String,
    pub hierarchy_level: i64,
    pub is_system_role: bool,
}

/// A permission, which several roles may grant.
#[derive(Deserialize)]
pub struct PermissionRow {
    pub id: String,
    pub resource: String,
    pub action: String,
}

/// A grant of a permission by a role.
#[derive(Deserialize)]
pub struct RolePermissionRow {
    pub role_id: RoleId,
    pub permission_id: String,
}

/// A membership.
#[derive(Clone, Deserialize)]
pub struct MemberRow {
    pub organization_id: OrgId,
    pub user_id: UserId,
    pub role_id: RoleId,
    pub status: String,
}

impl UserRow {
    /// Returns the account with its former id and password hash.
    pub fn to_user(&self) -> Result<User, String> {
        let is_bcrypt = ["$2a$", "$2b$", "$2y$"].iter().any(|version| self.password.starts_with(version));
        if !is_bcrypt {
            return Err("the password is no bcrypt hash, so nobody could log in".to_owned());
        }
        Ok(User {
            id: self.id,
            email: Email::parse(&self.email).map_err(text)?,
            first_name: DisplayName::parse(&self.first_name).map_err(text)?,
            last_name: DisplayName::parse_optional(&self.last_name).map_err(text)?,
            status: UserStatus::parse(&self.status).ok_or_else(|| unknown("status", &self.status))?,
            email_verified: self.email_verified,
            password_hash: PasswordHash::from_stored(self.password.clone()),
            platform_admin: false,
            created_at: time(&self.created_at)?,
            last_active: None,
            pending_email: None,
            exemption: None,
            language: None,
        })
    }
}

impl OrganizationRow {
    /// Returns the organization with its former id.
    pub fn to_organization(&self) -> Result<Organization, String> {
        Ok(Organization {
            id: self.id,
            name: DisplayName::parse(&self.name).map_err(text)?,
            slug: Slug::parse(&self.slug).map_err(text)?,
            created_at: time(&self.created_at)?,
        })
    }
}

impl RoleRow {
    /// Returns the system role of the same name, which the organization has already.
    pub fn to_system_role(&self) -> Result<SystemRole, String> {
        SystemRole::parse(&self.name).ok_or_else(|| unknown("system role", &self.name))
    }

    /// Returns the custom role with its former id, level and grants.
    pub fn to_custom_role(&self, grants: &[String], now: Timestamp) -> Result<Role, String> {
        Ok(Role {
            id: self.id,
            org_id: self.organization_id,
            name: DisplayName::parse(&self.name).map_err(text)?,
            description: self.description.clone(),
            level: Level::custom(self.hierarchy_level).map_err(text)?,
            system: None,
            permissions: grants
                .iter()
                .map(|grant| Pattern::parse(grant).map_err(text))
                .collect::<Result<_, _>>()?,
            created_at: now,
        })
    }
}

impl MemberRow {
    /// Returns the status. Open invitations of the former service are not taken over, because their
    /// links lead to it.
    pub fn to_status(&self) -> Result<MembershipStatus, String> {
        match MembershipStatus::parse(&self.status) {
            Some(MembershipStatus::Invited) => Err("invite this person again".to_owned()),
            Some(status) => Ok(status),
            None => Err(unknown("status", &self.status)),
        }
    }
}

impl Dump {
    /// Returns the grants of a role, as `resource:action`.
    pub fn grants_of(&self, role: RoleId) -> Vec<String> {
        let granted = self.role_permissions.iter().filter(|row| row.role_id == role);
        granted
            .filter_map(|row| self.permissions.iter().find(|permission| permission.id == row.permission_id))
            .map(|permission| format!("{}:{}", permission.resource, permission.action))
            .collect()
    }
}

fn time(written: &str) -> Result<Timestamp, String> {
    Timestamp::parse(written).ok_or_else(|| unknown("time", written))
}

fn unknown(what: &str, value: &str) -> String {
    format!("there is no {what} `{value}`")
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
