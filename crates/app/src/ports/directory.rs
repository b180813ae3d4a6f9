//! Lists that join several tables.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{DisplayName, Email, OrgId, Page, PageRequest, RoleId, StoreError, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, Organization};
use bailiwick_roles::Level;
use bailiwick_users::{User, UserStatus};

/// Reference to a role, for lists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleRef {
    /// The role's id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
}

/// A member with account, membership and role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRecord {
    /// The account.
    pub user: User,
    /// The membership.
    pub membership: Membership,
    /// The role; `None` if it was deleted.
    pub role: Option<RoleRef>,
}

/// An organization with an account's role in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgWithRole {
    /// The organization.
    pub org: Organization,
    /// The account's role.
    pub role: RoleRef,
}

/// Filter for members.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberFilter {
    /// Part of the e-mail address, of a name or of the full name, ignoring case, accents and outer
    /// spaces ([`bailiwick_kernel::folded`]). `%` and `_` are literal.
    pub search: Option<String>,
    /// Only members with one of these statuses; if absent, all but removed ones.
    pub statuses: Option<Vec<MembershipStatus>>,
    /// Only members whose account has one of these statuses.
    pub accounts: Option<Vec<UserStatus>>,
    /// Only members with one of these roles. No member has a role of another organization.
    pub roles: Option<Vec<RoleId>>,
}

/// Organizations that [`DirectoryRepo::list_organizations`] lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrgScope {
    /// Those that are not archived.
    Existing,
    /// Archived ones.
    Archived,
}

/// Filter for invitations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InvitationFilter {
    /// Only invitations of this organization.
    pub org: Option<OrgId>,
    /// Only invitations to this address.
    pub email: Option<Email>,
    /// Only invitations that have this status now.
    pub status: Option<InvitationStatus>,
}

/// An invitation with the names for display.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationRecord {
    /// The invitation.
    pub invitation: Invitation,
    /// Its status now.
    pub status: InvitationStatus,
    /// Name of the organization.
    pub organization: DisplayName,
    /// The role offered, unless it is gone.
    pub role: Option<RoleRef>,
}

/// Lists that join several tables. An archived organization has no members and no invitations, and is
/// not listed except by [`OrgScope::Archived`].
#[async_trait]
pub trait DirectoryRepo: Send {
    /// Finds one member of any status with account and role; `None` if there never was a membership.
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError>;

    /// Lists every membership of an account, of any status, in ascending order of the organization's
    /// id.
    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError>;

    /// Lists members in ascending order of the account's id, without accounts whose invitation had
    /// expired at `now`.
    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError>;

    /// Lists the organizations in which `user` is an active member, in ascending order of id; all of
    /// them if `page` is `None`.
    async fn list_organizations(
        &mut self,
        user: UserId,
        scope: OrgScope,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError>;

    /// Lists the invitations that match the filter, with their status at `now`, in ascending order of
    /// id; all of them if `page` is `None`.
    async fn list_invitations(
        &mut self,
        filter: &InvitationFilter,
        now: Timestamp,
        page: Option<PageRequest>,
    ) -> Result<Page<InvitationRecord>, StoreError>;
}
