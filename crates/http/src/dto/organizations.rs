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

use crate::dto::values;
use crate::extract::{Fields, Input};

/// A new organization.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateOrganizationBody {
    #[schema(required, value_type = values::DisplayName)]
    name: Option<String>,
    /// Derived from the name when absent.
    #[schema(value_type = Option<values::Slug>)]
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
    #[schema(value_type = Option<values::DisplayName>)]
    name: Option<String>,
    #[schema(value_type = Option<values::Slug>)]
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
    #[schema(required, value_type = values::NewMembershipStatus)]
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
    #[schema(required, value_type = uuid::Uuid)]
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
    #[schema(value_type = values::DisplayName)]
    pub name: DisplayName,
    #[schema(value_type = values::Slug)]
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
    #[schema(value_type = values::DisplayName)]
    pub name: DisplayName,
    #[schema(value_type = values::Slug)]
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
    #[schema(value_type = values::DisplayName)]
    pub name: String,
    #[schema(value_type = values::RoleLevel)]
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
    #[schema(value_type = values::Email)]
    pub email: Email,
    #[schema(value_type = values::DisplayName)]
    pub first_name: DisplayName,
    #[schema(value_type = values::LastName)]
    pub last_name: DisplayName,
    #[schema(max_length = 201, example = "Ada Lovelace")]
    pub full_name: String,
    /// The status of the membership.
    #[schema(value_type = values::MembershipStatus)]
    pub status: MembershipStatus,
    /// The status of the account.
    #[schema(value_type = values::UserStatus)]
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
