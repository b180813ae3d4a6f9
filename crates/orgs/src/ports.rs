//! Store port of organizations. Every method runs in the transaction that gave access to the
//! repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, OrgId, Timestamp, UserId};

use crate::{Membership, OrgError, Organization, Owners};

/// Repository of organizations and memberships.
///
/// For every method except [`OrgRepo::set_archived`], an archived organization does not exist and has no
/// memberships. Its slug stays in use.
#[async_trait]
pub trait OrgRepo: Send {
    /// Adds an organization. MUST fail with [`OrgError::SlugTaken`] if another has the slug, including
    /// when two transactions add it concurrently.
    async fn insert(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// Returns the organization; `None` if there is none. Every write within an organization starts with
    /// [`Lock::Update`] of it, so such writes are serialized.
    async fn find(&mut self, id: OrgId, lock: Lock) -> Result<Option<Organization>, OrgError>;

    /// Locks the organization as [`Self::find`] does, then reads its owners: active accounts with an
    /// active membership in the owner role. [`OrgError::NotFound`] if there is no such organization.
    ///
    /// A count in a sub-query is not enough: of two transactions that each remove one of two owners, each
    /// would still see the owner that the other removes.
    async fn lock_owners(&mut self, id: OrgId) -> Result<Owners, OrgError>;

    /// Stores name and slug. [`OrgError::SlugTaken`] if another organization has the slug,
    /// [`OrgError::NotFound`] if the organization is gone.
    async fn update(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// Removes the organization with its memberships, roles, invitations and private catalogue.
    /// [`OrgError::NotFound`] if it is gone.
    async fn delete(&mut self, id: OrgId) -> Result<(), OrgError>;

    /// Archives the organization at this time. If `at` is `None`, restores an archived one and locks it as
    /// [`Self::find`] does. [`OrgError::NotFound`] if there is none, or it is not archived.
    async fn set_archived(&mut self, id: OrgId, at: Option<Timestamp>) -> Result<(), OrgError>;

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
