//! Invitations.

use bailiwick_invites::{Invitation, InvitationState};
use bailiwick_kernel::{Email, StoreError, TokenHash};
use diesel::prelude::{Insertable, Queryable, Selectable};

use crate::error::corrupt;
use crate::schema::invitations;
use crate::types::{Key, SqlTimestamp, optional};

/// An invitation without its token.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations)]
pub struct InvitationRow {
    id: Key,
    org_id: Key,
    email: String,
    role_id: Option<Key>,
    inviter_id: Option<Key>,
    message: Option<String>,
    status: String,
    settled_at: Option<SqlTimestamp>,
    expires_at: SqlTimestamp,
    created_at: SqlTimestamp,
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.into(),
            org_id: invitation.org_id.into(),
            email: invitation.email.as_str().to_owned(),
            role_id: optional(invitation.role_id),
            inviter_id: optional(invitation.inviter_id),
            message: invitation.message.clone(),
            status: invitation.state.stored_status().as_str().to_owned(),
            settled_at: optional(invitation.state.closed_at()),
            expires_at: invitation.expires_at.into(),
            created_at: invitation.created_at.into(),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        let state = InvitationState::from_stored(&row.status, optional(row.settled_at))
            .ok_or_else(|| corrupt("invitations.status, invitations.settled_at"))?;
        Ok(Self {
            id: row.id.into(),
            org_id: row.org_id.into(),
            email: Email::from_stored(row.email),
            role_id: optional(row.role_id),
            inviter_id: optional(row.inviter_id),
            message: row.message,
            state,
            expires_at: row.expires_at.into(),
            created_at: row.created_at.into(),
        })
    }
}

/// A new row, which also contains the token hash.
#[derive(Insertable)]
#[diesel(table_name = invitations)]
pub struct NewInvitationRow<'a> {
    #[diesel(embed)]
    invitation: InvitationRow,
    token_hash: &'a [u8],
}

impl<'a> NewInvitationRow<'a> {
    /// Builds the row of an invitation with this token.
    pub fn new(invitation: &Invitation, token: &'a TokenHash) -> Self {
        Self { invitation: invitation.into(), token_hash: token.as_bytes() }
    }
}
