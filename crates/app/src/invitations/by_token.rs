//! Use cases that require only the mailed token of an invitation: previewing and declining it.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InviteError};
use bailiwick_kernel::{ClaimedToken, Lock};
use bailiwick_orgs::OrgError;
use bailiwick_users::UserStatus;

use crate::audit::Action;
use crate::authority::Public;
use crate::invitations::manage::withdraw;
use crate::invitations::{InvitationRecord, close, find_by_token, lock_by_token, record};
use crate::{Command, Error, Query, Work};

/// Previews the invitation of a token. Reading does not use the token up.
#[derive(Clone, Debug)]
pub struct PreviewInvitation {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

/// An open invitation as its recipient sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationPreview {
    /// The invitation with names.
    pub record: InvitationRecord,
    /// Whether the invited address has an account; then the client logs in and accepts.
    pub user_exists: bool,
}

#[async_trait]
impl Query for PreviewInvitation {
    type Proof = Public;
    type Output = InvitationPreview;

    /// Returns the [`InviteError`] that says why the token cannot be used, if it cannot.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<InvitationPreview, Error> {
        let invitation = find_by_token(work, &self.token).await?;
        invitation.require_open(work.now)?;
        let user = work.tx.users().find_by_email(&invitation.email, Lock::None).await?;
        // A pending account is replaced when the invitation is used to sign up, so it does not count.
        let user_exists = user.is_some_and(|user| user.status != UserStatus::Pending);
        let record = match record(work, invitation).await {
            // The organization is archived, and its invitations with it.
            Err(Error::Org(OrgError::NotFound)) => return Err(InviteError::NotFound.into()),
            outcome => outcome?,
        };
        Ok(InvitationPreview { record, user_exists })
    }
}

/// Declines an invitation. The token alone authorizes this, because it was mailed to the invited
/// address.
#[derive(Clone, Debug)]
pub struct DeclineInvitation {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

#[async_trait]
impl Command for DeclineInvitation {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let invitation = lock_by_token(work, &self.token).await?;
        if let Some(user) = work.tx.users().find_by_email(&invitation.email, Lock::None).await? {
            work.name_actor(user.id, None);
        }
        decline(work, invitation).await
    }
}

/// Closes the invitation as declined. Expects the organization to be locked.
/// [`InviteError::AlreadyUsed`] if another transaction closed it first.
pub(super) async fn decline<P>(work: &mut Work<'_, P>, mut invitation: Invitation) -> Result<(), Error> {
    invitation.decline(work.now)?;
    if !close(work, Action::InvitationDecline, &invitation).await? {
        return Err(InviteError::AlreadyUsed.into());
    }
    withdraw(work, invitation.org_id, &invitation.email).await
}
