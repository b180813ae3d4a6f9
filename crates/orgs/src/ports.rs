//! What organizations need from a store. Every method is part of the
//! transaction that handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{OrgId, Timestamp, UserId};

use crate::{Membership, OrgError, Organization, Owners};

/// Organizations and their memberships. One that is archived does not exist for any
/// method here but [`OrgRepo::restore`] and [`OrgRepo::archived_of`], and has no
/// memberships; its slug stays taken.
#[async_trait]
pub trait OrgRepo: Send {
    /// Adds an organization. MUST answer [`OrgError::SlugTaken`] when another
    /// has the slug, also when two transactions add it at once.
    async fn insert(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// The organization; `None` if there is none.
    async fn find(&mut self, id: OrgId) -> Result<Option<Organization>, OrgError>;

    /// Holds the organization until the transaction ends: any other transaction
    /// that locks or deletes it MUST wait. `false` if there is none. Every write
    /// within an organization starts with this, so such writes happen one after
    /// another.
    async fn lock(&mut self, id: OrgId) -> Result<bool, OrgError>;

    /// Locks the organization as [`Self::lock`] does, then reads its owners:
    /// active accounts with an active membership in the owner role. A count in
    /// a sub-query is not enough: two transactions would each see the other's
    /// owner. [`OrgError::NotFound`] if there is no such organization.
    async fn lock_owners(&mut self, id: OrgId) -> Result<Owners, OrgError>;

    /// Stores name and slug. [`OrgError::SlugTaken`], [`OrgError::NotFound`].
    async fn update(&mut self, org: &Organization) -> Result<(), OrgError>;

    /// Removes the organization with its memberships, roles, invitations and
    /// private catalogue. [`OrgError::NotFound`] if it is gone.
    async fn delete(&mut self, id: OrgId) -> Result<(), OrgError>;

    /// How many people besides `user` are members, active or suspended, with an
    /// account that is not switched off.
    async fn count_others(&mut self, id: OrgId, user: UserId) -> Result<u64, OrgError>;

    /// How many people are members, active or suspended, whatever their accounts.
    async fn count_members(&mut self, id: OrgId) -> Result<u64, OrgError>;

    /// Archives the organization. [`OrgError::NotFound`] if there is none.
    async fn archive(&mut self, id: OrgId, now: Timestamp) -> Result<(), OrgError>;

    /// Brings an archived organization back, and holds it as [`Self::lock`] does.
    /// [`OrgError::NotFound`] if there is none such.
    async fn restore(&mut self, id: OrgId) -> Result<(), OrgError>;

    /// The archived organizations of which `user` is an active member, in ascending
    /// order of id.
    async fn archived_of(&mut self, user: UserId) -> Result<Vec<OrgId>, OrgError>;

    /// The membership of one person; `None` if there never was one.
    async fn find_membership(&mut self, org: OrgId, user: UserId) -> Result<Option<Membership>, OrgError>;

    /// Adds a membership. MUST answer [`OrgError::AlreadyMember`] when the pair
    /// has one, [`OrgError::UnknownRole`] when the role is not this
    /// organization's, [`OrgError::NotFound`] when the organization or the
    /// person is gone.
    async fn insert_membership(&mut self, membership: &Membership) -> Result<(), OrgError>;

    /// Stores role, status, `invited_until` and `joined_at`.
    /// [`OrgError::NotMember`] if there is no such membership,
    /// [`OrgError::UnknownRole`] when the role is not this organization's.
    async fn update_membership(&mut self, membership: &Membership) -> Result<(), OrgError>;

    /// Forgets a membership that never came to be; nothing happens if it is gone.
    async fn delete_membership(&mut self, org: OrgId, user: UserId) -> Result<(), OrgError>;
}
