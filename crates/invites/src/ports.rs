//! Store port of invitations. Every method runs in the transaction that gave access to the repository;
//! none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Email, InvitationId, OrgId, Page, PageRequest, Timestamp, TokenHash};

use crate::{Invitation, InvitationStatus, InviteError};

/// Repository of invitations.
#[async_trait]
pub trait InviteRepo: Send {
    /// Adds a pending invitation under the hash of its token. MUST fail with
    /// [`InviteError::NotPending`] if the same organization has a pending one for the same address,
    /// including when two are added concurrently: supersede first. [`InviteError::UnknownRole`] if the
    /// role is not this organization's, [`InviteError::NotFound`] if the organization is gone.
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError>;

    /// Returns an invitation of this organization; `None` for one of another organization.
    async fn find(&mut self, org: OrgId, id: InvitationId) -> Result<Option<Invitation>, InviteError>;

    /// Returns an invitation to this address, of any organization; `None` for one to another address.
    async fn find_addressed(
        &mut self,
        email: &Email,
        id: InvitationId,
    ) -> Result<Option<Invitation>, InviteError>;

    /// Returns the invitation of this token; `None` if the token is unknown.
    async fn find_by_token(&mut self, token: &TokenHash) -> Result<Option<Invitation>, InviteError>;

    /// Returns the pending invitation of an address, expired or not; `None` if there is none.
    async fn find_pending(&mut self, org: OrgId, email: &Email) -> Result<Option<Invitation>, InviteError>;

    /// Stores the state of `invitation` if the stored one is still pending. MUST be one conditional
    /// statement: of any number of concurrent calls, one returns `true` and the others `false`.
    async fn close(&mut self, invitation: &Invitation) -> Result<bool, InviteError>;

    /// Lists the invitations of an organization in ascending order of id; if `status` is given, only
    /// those that have it at `now`.
    async fn list(
        &mut self,
        org: OrgId,
        status: Option<InvitationStatus>,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Invitation>, InviteError>;
}
