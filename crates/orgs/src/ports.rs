//! Store port of organizations. Every method runs in the transaction that gave access to the
//! repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, Timestamp, UserId};

use crate::{Membership, OrgError, Organization, Owners};

/// Repository of organizations and memberships. An archived organization does not exist for any method
/// but [`OrgRepo::restore`] and [`OrgRepo::archived_of`] and has no memberships; its slug stays taken.
#[async_trait]
pub trait OrgRepo: Send {
    /// Adds an organization. MUST fail with [`OrgError::SlugTaken`] if another has the slug, including
    /// when two transactions add it concurrently.
    async fn insert(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// Returns the organization; `None` if there is none.
    async fn find(&mut self, id: OrgId) -> Result<Option<Organization>, OrgError>;

    /// Locks the organization until the transaction ends: any other transaction that locks or deletes
    /// it MUST wait. `false` if there is none. Every write within an organization starts with this
    /// lock, so such writes are serialized.
    async fn lock(&mut self, id: OrgId) -> Result<bool, OrgError>;

    /// Locks the organization as [`Self::lock`] does, then reads its owners: active accounts with an
    /// active membership in the owner role. A count in a sub-query is not enough, because two
    /// transactions would each see the other's owner. [`OrgError::NotFound`] if there is no such
    /// organization.
    async fn lock_owners(&mut self, id: OrgId) -> Result<Owners, OrgError>;

    /// Stores name and slug. [`OrgError::SlugTaken`] if another organization has the slug,
    /// [`OrgError::NotFound`] if the organization is gone.
    async fn update(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// Removes the organization with its memberships, roles, invitations and
    /// private catalogue. [`OrgError::NotFound`] if it is gone.
    async fn delete(&mut self, id: OrgId) -> Result<(), OrgError>;

    /// Counts the members besides `user`, active or suspended, whose account is not deactivated.
    async fn count_others(&mut self, id: OrgId, user: UserId) -> Result<u64, OrgError>;

    /// Counts the members, active or suspended, whatever the status of their accounts.
    async fn count_members(&mut self, id: OrgId) -> Result<u64, OrgError>;

    /// Archives the organization. [`OrgError::NotFound`] if there is none.
    async fn archive(&mut self, id: OrgId, now: Timestamp) -> Result<(), OrgError>;

    /// Restores an archived organization and locks it as [`Self::lock`] does. [`OrgError::NotFound`] if
    /// there is none.
    async fn restore(&mut self, id: OrgId) -> Result<(), OrgError>;

    /// Lists the archived organizations of which `user` is an active member, in ascending order of id.
    async fn archived_of(&mut self, user: UserId) -> Result<Vec<OrgId>, OrgError>;

    /// Returns the membership of an account, of any status; `None` if there never was one.
    async fn find_membership(&mut self, org: OrgId, user: UserId) -> Result<Option<Membership>, OrgError>;

    /// Adds a membership. MUST fail with [`OrgError::AlreadyMember`] if the pair has one,
    /// [`OrgError::UnknownRole`] if the role is not this organization's, and [`OrgError::NotFound`] if
    /// the organization or the account is gone.
    async fn insert_membership(&mut self, membership: &Membership) -> Result<(), OrgError>;

    /// Stores role, status, `invited_until` and `joined_at`. [`OrgError::NotMember`] if there is no
    /// such membership, [`OrgError::UnknownRole`] if the role is not this organization's.
    async fn update_membership(&mut self, membership: &Membership) -> Result<(), OrgError>;

    /// Deletes a membership that was never joined, if it exists.
    async fn delete_membership(&mut self, org: OrgId, user: UserId) -> Result<(), OrgError>;
}
