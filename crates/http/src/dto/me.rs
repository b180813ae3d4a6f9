//! Bodies of the caller's account and its authority in an organization.

use bailiwick_app::OrgWithRole;
use bailiwick_app::accounts::MyProfile;
use bailiwick_app::authority::MemberContext;
use bailiwick_kernel::{Language, OrgId, RoleId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::accounts::UserDto;
use crate::dto::organizations::OrganizationWithRoleDto;
use crate::dto::values;

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeDto {
    #[serde(flatten)]
    pub user: UserDto,
    /// The organizations in which the caller is an active member, with the role in each.
    pub organizations: Vec<OrganizationWithRoleDto>,
}

impl From<MyProfile> for MeDto {
    fn from(profile: MyProfile) -> Self {
        let organizations = profile.organizations.into_iter().map(OrgWithRole::into).collect();
        Self { user: profile.user.into(), organizations }
    }
}

/// The caller's account with its language.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyAccountDto {
    #[serde(flatten)]
    me: MeDto,
    /// The language of pages; null until the caller chooses one.
    #[schema(value_type = Option<values::Language>)]
    language: Option<Language>,
}

impl From<MyProfile> for MyAccountDto {
    fn from(profile: MyProfile) -> Self {
        Self { language: profile.user.language.clone(), me: profile.into() }
    }
}

/// The caller's account: alone, or with the authority in the organization that the query names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MeAndAuthorityDto {
    Alone(MeAloneDto),
    InOrganization(MeInOrganizationDto),
}

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeAloneDto {
    #[serde(flatten)]
    me: MeDto,
    /// Only where the query names an organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = values::Absent, required = false)]
    org_id: Option<OrgId>,
}

/// The caller's account with the authority in one organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeInOrganizationDto {
    #[serde(flatten)]
    me: MeDto,
    #[serde(flatten)]
    authority: AuthorityDto,
}

impl MeAndAuthorityDto {
    /// Combines the account with the authority, if an organization was named.
    pub fn new(profile: MyProfile, authority: Option<AuthorityDto>) -> Self {
        let me = profile.into();
        match authority {
            Some(authority) => Self::InOrganization(MeInOrganizationDto { me, authority }),
            None => Self::Alone(MeAloneDto { me, org_id: None }),
        }
    }
}

/// The caller's role and permissions in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorityDto {
    #[schema(value_type = uuid::Uuid)]
    pub org_id: OrgId,
    /// Name of the role.
    #[schema(value_type = values::DisplayName)]
    pub role: String,
    #[schema(value_type = uuid::Uuid)]
    pub role_id: RoleId,
    #[schema(value_type = values::RoleLevel)]
    pub role_level: u8,
    /// The grants of the role, with wildcards.
    #[schema(value_type = Vec<values::Grant>)]
    pub permissions: Vec<String>,
}

impl From<&MemberContext> for AuthorityDto {
    fn from(context: &MemberContext) -> Self {
        Self {
            org_id: context.org,
            role: context.role.name.clone(),
            role_id: context.role.id,
            role_level: context.role.level.get(),
            permissions: context.role.permissions.iter().map(ToString::to_string).collect(),
        }
    }
}
