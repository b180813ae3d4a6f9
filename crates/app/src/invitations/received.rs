//! Invitations to the caller's address, answered by id. An id proves nothing, unlike a mailed token, so
//! the address must be verified.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError};
use bailiwick_kernel::{InvitationId, Lock};
use bailiwick_users::{User, UserError};

use crate::authority::Authenticated;
use crate::invitations::InvitationRecord;
use crate::invitations::accept::join;
use crate::invitations::by_token::decline;
use crate::organizations::read_member;
use crate::ports::{InvitationFilter, MemberRecord, Tx};
use crate::throttle::{Limit, RateLimitKey};
use crate::{Command, Error, Query, Work};

/// Requires that the caller's address is verified; [`UserError::NotVerified`] otherwise.
#[derive(Clone, Copy, Debug)]
pub struct RequireVerifiedEmail;

#[async_trait]
impl Query for RequireVerifiedEmail {
    type Proof = Authenticated;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        verified_user(work).await.map(drop)
    }
}

/// Lists the pending invitations to the caller's address, oldest first. [`UserError::NotVerified`] if
/// the address is not verified.
#[derive(Clone, Copy, Debug)]
pub struct ListReceivedInvitations;

#[async_trait]
impl Query for ListReceivedInvitations {
    type Proof = Authenticated;
    type Output = Vec<InvitationRecord>;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<Vec<InvitationRecord>, Error> {
        let user = verified_user(work).await?;
        let status = Some(InvitationStatus::Pending);
        let filter = InvitationFilter { email: Some(user.email), status, org: None };
        Ok(work.tx.directory().list_invitations(&filter, work.now, None).await?.items)
    }
}

/// Accepts an invitation to the caller's address. [`UserError::NotVerified`] if the address is not
/// verified; [`InviteError::NotFound`] also for an invitation to another address.
#[derive(Clone, Copy, Debug)]
pub struct AcceptReceivedInvitation {
    /// The invitation's id.
    pub id: InvitationId,
}

#[async_trait]
impl Command for AcceptReceivedInvitation {
    type Proof = Authenticated;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    /// Counts towards the same limit as accepting by token.
    fn counts(&self, _: &Authenticated) -> Vec<(Limit, RateLimitKey)> {
        vec![(Limit::ACCEPT, RateLimitKey::Client)]
    }

    async fn lock(&self, tx: &mut dyn Tx, proof: &Authenticated) -> Result<(), Error> {
        lock_org(tx, proof, self.id).await
    }

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<MemberRecord, Error> {
        let user = verified_user(work).await?;
        let invitation = lock_received(work, &user, self.id).await?;
        invitation.require_open(work.now)?;
        let org = invitation.org_id;
        join(work, invitation, &user).await?;
        read_member(work, org, user.id).await
    }
}

/// Declines an invitation to the caller's address. [`UserError::NotVerified`] if the address is not
/// verified; [`InviteError::NotFound`] also for an invitation to another address.
#[derive(Clone, Copy, Debug)]
pub struct DeclineReceivedInvitation {
    /// The invitation's id.
    pub id: InvitationId,
}

#[async_trait]
impl Command for DeclineReceivedInvitation {
    type Proof = Authenticated;
    type Output = ();

    async fn lock(&self, tx: &mut dyn Tx, proof: &Authenticated) -> Result<(), Error> {
        lock_org(tx, proof, self.id).await
    }

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let user = verified_user(work).await?;
        let invitation = lock_received(work, &user, self.id).await?;
        decline(work, invitation).await
    }
}

async fn verified_user(work: &mut Work<'_, Authenticated>) -> Result<User, Error> {
    let user = work.proof.actor().user;
    let user = work.tx.users().find(user, Lock::None).await?.ok_or(UserError::NotFound)?;
    if user.email_verified { Ok(user) } else { Err(UserError::NotVerified.into()) }
}

/// Locks the inviting organization before the proof locks the account. Errors in the invitation are
/// reported after the proof is renewed.
async fn lock_org(tx: &mut dyn Tx, proof: &Authenticated, id: InvitationId) -> Result<(), Error> {
    let Some(user) = tx.users().find(proof.actor().user, Lock::None).await? else { return Ok(()) };
    if let Some(invitation) = tx.invites().find(InvitationKey::To(&user.email, id)).await? {
        tx.orgs().find(invitation.org_id, Lock::Update).await?;
    }
    Ok(())
}

/// Locks the organization, then reads the invitation again, so that no other transaction can close it
/// before this one ends.
async fn lock_received(
    work: &mut Work<'_, Authenticated>,
    user: &User,
    id: InvitationId,
) -> Result<Invitation, Error> {
    let seen = find_received(work, user, id).await?;
    if work.tx.orgs().find(seen.org_id, Lock::Update).await?.is_none() {
        return Err(InviteError::NotFound.into());
    }
    find_received(work, user, id).await
}

async fn find_received(
    work: &mut Work<'_, Authenticated>,
    user: &User,
    id: InvitationId,
) -> Result<Invitation, Error> {
    Ok(work.tx.invites().find(InvitationKey::To(&user.email, id)).await?.ok_or(InviteError::NotFound)?)
}
