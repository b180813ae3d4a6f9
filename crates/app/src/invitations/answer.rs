//! What the invited person sees, and saying no.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InviteError};
use bailiwick_kernel::ClaimedToken;
use bailiwick_orgs::OrgError;
use bailiwick_users::UserStatus;

use crate::audit::Action;
use crate::authority::Public;
use crate::invitations::manage::withdraw;
use crate::invitations::{InvitationRecord, close, find_by_token, lock_by_token, record};
use crate::{Command, Error, Query, Work};

/// Shows what a token invites to. Reading never uses it up.
#[derive(Clone, Debug)]
pub struct PreviewInvitation {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

/// An open invitation, as its receiver sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationPreview {
    /// The invitation with names.
    pub record: InvitationRecord,
    /// Whether the invited mailbox has an account: then log in and accept.
    pub user_exists: bool,
}

#[async_trait]
impl Query for PreviewInvitation {
    type Proof = Public;
    type Output = InvitationPreview;

    /// The [`InviteError`] that tells why it cannot be used.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<InvitationPreview, Error> {
        let invitation = find_by_token(work, &self.token).await?;
        invitation.require_open(work.now)?;
        let user = work.tx.users().find_by_email(&invitation.email).await?;
        // Who never proved the address makes way for whoever signs up by the invitation.
        let user_exists = user.is_some_and(|user| user.status != UserStatus::Pending);
        let record = match record(work, invitation).await {
            // Archived: to everybody it is gone, with its invitations.
            Err(Error::Org(OrgError::NotFound)) => return Err(InviteError::NotFound.into()),
            outcome => outcome?,
        };
        Ok(InvitationPreview { record, user_exists })
    }
}

/// The invited person says no. Whoever holds the token may: it was mailed to them.
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
        if let Some(user) = work.tx.users().find_by_email(&invitation.email).await? {
            work.name_actor(user.id, None);
        }
        decline(work, invitation).await
    }
}

/// Closes the invitation as declined. The organization is locked.
pub(super) async fn decline<P>(work: &mut Work<'_, P>, mut invitation: Invitation) -> Result<(), Error> {
    invitation.decline(work.now)?;
    if !close(work, Action::InvitationDecline, &invitation).await? {
        return Err(InviteError::AlreadyUsed.into());
    }
    withdraw(work, invitation.org_id, &invitation.email).await
}
