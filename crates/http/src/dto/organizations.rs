//! Bodies of organizations and their members.

use bailiwick_app::organizations::{
    ChangeOrganization, CreateOrganization, MemberStatusChange, TransferOwnership,
};
use bailiwick_app::{MemberRecord, OrgWithRole, RoleRef};
use bailiwick_kernel::{DisplayName, Email, OrgId, RoleId, Slug, Timestamp, UserId};
use bailiwick_orgs::{MembershipStatus, Organization};
use bailiwick_users::UserStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Fields, Input};

/// A new organization.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateOrganizationBody {
    #[schema(required, value_type = String)]
    name: Option<String>,
    /// Lower-case letters, digits and inner hyphens; derived from the name when absent.
    slug: Option<String>,
}

impl Input for CreateOrganizationBody {
    type Value = CreateOrganization;

    fn check(self, fields: &mut Fields) -> Option<CreateOrganization> {
        let name = fields.required("/name", self.name, DisplayName::parse);
        let slug = fields.optional("/slug", self.slug, Slug::parse);
        Some(CreateOrganization { name: name?, slug: slug? })
    }
}

/// New values of an organization. Absent fields keep their values.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangeOrganizationBody {
    name: Option<String>,
    slug: Option<String>,
}

impl Input for ChangeOrganizationBody {
    type Value = ChangeOrganization;

    fn check(self, fields: &mut Fields) -> Option<ChangeOrganization> {
        let name = fields.optional("/name", self.name, DisplayName::parse);
        let slug = fields.optional("/slug", self.slug, Slug::parse);
        Some(ChangeOrganization { name: name?, slug: slug? })
    }
}

/// The new status of a membership.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MemberStatusBody {
    /// `active` or `suspended`.
    #[schema(required, value_type = String)]
    status: Option<String>,
}

impl Input for MemberStatusBody {
    type Value = MemberStatusChange;

    fn check(self, fields: &mut Fields) -> Option<MemberStatusChange> {
        fields.required("/status", self.status, |text| match text {
            "active" => Ok(MemberStatusChange::Restore),
            "suspended" => Ok(MemberStatusChange::Suspend),
            _ => Err("status must be active or suspended"),
        })
    }
}

/// The new owner.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TransferBody {
    #[schema(required, value_type = String, format = "uuid")]
    user_id: Option<String>,
}

impl Input for TransferBody {
    type Value = TransferOwnership;

    fn check(self, fields: &mut Fields) -> Option<TransferOwnership> {
        let user = fields
            .required("/user_id", self.user_id, |text| UserId::parse(text).ok_or("user_id must be a UUID"));
        Some(TransferOwnership { user: user? })
    }
}

/// A reference to an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationRefDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: OrgId,
    #[schema(value_type = String)]
    pub name: DisplayName,
    #[schema(value_type = String)]
    pub slug: Slug,
}

impl From<Organization> for OrganizationRefDto {
    fn from(org: Organization) -> Self {
        Self { id: org.id, name: org.name, slug: org.slug }
    }
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: OrgId,
    #[schema(value_type = String)]
    pub name: DisplayName,
    #[schema(value_type = String)]
    pub slug: Slug,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
}

impl From<Organization> for OrganizationDto {
    fn from(org: Organization) -> Self {
        Self { id: org.id, name: org.name, slug: org.slug, created_at: org.created_at }
    }
}

/// An organization with the caller's role in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationWithRoleDto {
    #[serde(flatten)]
    pub organization: OrganizationDto,
    pub role: RoleRefDto,
}

impl From<OrgWithRole> for OrganizationWithRoleDto {
    fn from(entry: OrgWithRole) -> Self {
        Self { organization: entry.org.into(), role: entry.role.into() }
    }
}

/// A reference to a role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRefDto {
    #[schema(value_type = uuid::Uuid)]
    pub id: RoleId,
    pub name: String,
    pub hierarchy_level: u8,
}

impl From<RoleRef> for RoleRefDto {
    fn from(role: RoleRef) -> Self {
        Self { id: role.id, name: role.name, hierarchy_level: role.level.get() }
    }
}

/// A member of an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberDto {
    /// Id of the user.
    #[schema(value_type = uuid::Uuid)]
    pub id: UserId,
    #[schema(value_type = String)]
    pub email: Email,
    #[schema(value_type = String)]
    pub first_name: DisplayName,
    #[schema(value_type = String)]
    pub last_name: DisplayName,
    pub full_name: String,
    /// Status of the membership: `invited`, `active`, `suspended` or `removed`.
    #[schema(value_type = String)]
    pub status: MembershipStatus,
    /// Status of the account: `active`, `inactive` or `pending`.
    #[schema(value_type = String)]
    pub user_status: UserStatus,
    /// Null if the member was removed and the role was deleted.
    pub role: Option<RoleRefDto>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub joined_at: Option<Timestamp>,
}

impl From<MemberRecord> for MemberDto {
    fn from(member: MemberRecord) -> Self {
        Self {
            full_name: member.user.full_name(),
            id: member.user.id,
            email: member.user.email,
            first_name: member.user.first_name,
            last_name: member.user.last_name,
            status: member.membership.status,
            user_status: member.user.status,
            role: member.role.map(RoleRefDto::from),
            joined_at: member.membership.joined_at,
        }
    }
}

/// A member with the details of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberDetailDto {
    #[serde(flatten)]
    pub member: MemberDto,
    /// Whether the account is active.
    pub is_active: bool,
    pub email_verified: bool,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub last_active: Option<Timestamp>,
}

impl From<MemberRecord> for MemberDetailDto {
    fn from(member: MemberRecord) -> Self {
        Self {
            is_active: member.user.status == UserStatus::Active,
            email_verified: member.user.email_verified,
            created_at: member.user.created_at,
            last_active: member.user.last_active,
            member: member.into(),
        }
    }
}
