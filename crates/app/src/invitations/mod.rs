//! Use cases of invitations: send, accept or decline by token or by id, manage.

mod accept;
mod bounds;
mod by_token;
mod manage;
mod received;
mod send;

pub use accept::{AcceptInvitation, SignUpByInvitation};
pub use by_token::{DeclineInvitation, InvitationPreview, PreviewInvitation};
pub use manage::{ListInvitations, ReadInvitation, RevokeInvitation};
pub use received::{
    AcceptReceivedInvitation, DeclineReceivedInvitation, ListReceivedInvitations, RequireVerifiedEmail,
};
pub use send::{Invite, InviteOutcome};

pub use crate::ports::InvitationRecord;

pub(crate) use manage::{lock_inviting, revoke_pending, withdraw_everywhere};

use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError};
use bailiwick_kernel::{ClaimedToken, Lock, TokenKind};
use bailiwick_orgs::OrgError;

use crate::audit::{Action, AuditEvent};
use crate::ports::RoleRef;
use crate::{Error, Work};

/// Stores the closed state of the invitation. Returns `false` if another transaction closed it first.
pub(crate) async fn close<P>(
    work: &mut Work<'_, P>,
    action: Action,
    invitation: &Invitation,
) -> Result<bool, Error> {
    let closed = work.tx.invites().close(invitation).await?;
    if closed {
        let event = AuditEvent::new(action, invitation.id).within(invitation.org_id);
        let status = invitation.state.stored_status();
        work.audit(event.change("status", &InvitationStatus::Pending, &status));
    }
    Ok(closed)
}

/// Adds the names to an invitation. [`OrgError::NotFound`] if the organization is archived or gone.
pub(crate) async fn record<P>(
    work: &mut Work<'_, P>,
    invitation: Invitation,
) -> Result<InvitationRecord, Error> {
    let org = work.tx.orgs().find(invitation.org_id, Lock::None).await?.ok_or(OrgError::NotFound)?;
    let role = match invitation.role_id {
        Some(id) => work.tx.roles().find(org.id, id).await?,
        None => None,
    };
    let role = role.map(|role| RoleRef { id: role.id, name: role.name.to_string(), level: role.level });
    let status = invitation.status(work.now);
    Ok(InvitationRecord { invitation, status, organization: org.name, role })
}

/// Finds the invitation of a token. [`InviteError::NotFound`] if the token is malformed or unknown, or
/// its organization is archived.
pub(crate) async fn find_by_token<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
) -> Result<Invitation, Error> {
    let token = token.read(TokenKind::Invitation).ok_or(InviteError::NotFound)?;
    let invitation =
        work.tx.invites().find(InvitationKey::Token(&token.hash())).await?.ok_or(InviteError::NotFound)?;
    work.tx.orgs().find(invitation.org_id, Lock::None).await?.ok_or(InviteError::NotFound)?;
    Ok(invitation)
}

/// As [`find_by_token`], with the organization locked. The invitation is read after the lock, so that
/// no other transaction can close it before this one ends.
pub(crate) async fn lock_by_token<P>(
    work: &mut Work<'_, P>,
    token: &ClaimedToken,
) -> Result<Invitation, Error> {
    let seen = find_by_token(work, token).await?;
    if work.tx.orgs().find(seen.org_id, Lock::Update).await?.is_none() {
        return Err(InviteError::NotFound.into());
    }
    find_by_token(work, token).await
}
