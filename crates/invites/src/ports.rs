//! Store port of invitations. Every method runs in the transaction that gave access to the repository;
//! none commits.

use async_trait::async_trait;
use bailiwick_kernel::{Email, InvitationId, OrgId, TokenHash};

use crate::{Invitation, InviteError};

/// Repository of invitations.
#[async_trait]
pub trait InviteRepo: Send {
    /// Adds a pending invitation under the hash of its token. MUST fail with
    /// [`InviteError::NotPending`] if the same organization has a pending one for the same address,
    /// including when two are added concurrently; the caller supersedes the old one first.
    /// [`InviteError::UnknownRole`] if the role is not this organization's, [`InviteError::NotFound`] if
    /// the organization is gone.
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError>;

    /// Returns the invitation with this key; `None` if there is none.
    async fn find(&mut self, key: InvitationKey<'_>) -> Result<Option<Invitation>, InviteError>;

    /// Stores the state of `invitation` if the stored one is still pending. MUST be one conditional
    /// statement: of any number of concurrent calls, exactly one returns `true`.
    async fn close(&mut self, invitation: &Invitation) -> Result<bool, InviteError>;
}

/// The key of one invitation. An id alone is not a key, because it proves no right to the invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InvitationKey<'a> {
    /// The invitation with this id, of this organization.
    OfOrg(OrgId, InvitationId),
    /// The invitation with this id to this address, of any organization.
    To(&'a Email, InvitationId),
    /// The invitation of this token.
    Token(&'a TokenHash),
    /// The pending invitation of this organization to this address, expired or not.
    Pending(OrgId, &'a Email),
}
