//! What invitations need from a store. Every method is part of the transaction
//! that handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Email, InvitationId, OrgId, Page, PageRequest, Timestamp, TokenHash};

use crate::{Invitation, InvitationStatus, InviteError};

/// Invitations.
#[async_trait]
pub trait InviteRepo: Send {
    /// Adds a pending invitation under the hash of its token. MUST answer
    /// [`InviteError::NotPending`] when the same organization has a pending one
    /// for the same address, also when two are added at once: supersede first.
    /// [`InviteError::UnknownRole`] when the role is not this organization's,
    /// [`InviteError::NotFound`] when the organization is gone.
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError>;

    /// One invitation of an organization; of another organization: `None`.
    async fn find(&mut self, org: OrgId, id: InvitationId) -> Result<Option<Invitation>, InviteError>;

    /// One invitation to this address, whatever the organization; to another address: `None`.
    async fn find_addressed(
        &mut self,
        email: &Email,
        id: InvitationId,
    ) -> Result<Option<Invitation>, InviteError>;

    /// The invitation of this token; `None` if it never was one.
    async fn find_by_token(&mut self, token: &TokenHash) -> Result<Option<Invitation>, InviteError>;

    /// The pending invitation of an address, expired or not; `None` if there is none.
    async fn find_pending(&mut self, org: OrgId, email: &Email) -> Result<Option<Invitation>, InviteError>;

    /// Stores the state that `invitation` was brought to, if the stored one is
    /// still pending. MUST be one conditional statement: of any number of calls
    /// at once, one is answered `true`, and the others `false`.
    async fn close(&mut self, invitation: &Invitation) -> Result<bool, InviteError>;

    /// The invitations of an organization in ascending order of id, those that
    /// have `status` at `now` if one is given.
    async fn list(
        &mut self,
        org: OrgId,
        status: Option<InvitationStatus>,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Invitation>, InviteError>;
}
