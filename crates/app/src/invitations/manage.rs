//! Listing, resending and revoking the invitations of an organization.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError};
use bailiwick_kernel::{Email, InvitationId, Lock, OrgId, StoreError, UserId};
use bailiwick_orgs::{Membership, MembershipStatus};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::{InvitationsDelete, InvitationsRead, InvitationsWrite};
use crate::invitations::bounds::{counts, require_role_below};
use crate::invitations::{InvitationRecord, Invite, close, record};
use crate::listing::{Listing, PageText};
use crate::ports::InvitationFilter;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Lists the invitations of the organization.
#[derive(Clone, Debug, Default)]
pub struct ListInvitations {
    /// Only invitations with this status now.
    pub status: Option<InvitationStatus>,
    /// The page to return.
    pub page: PageText,
}

#[async_trait]
impl Query for ListInvitations {
    type Proof = Allow<InvitationsRead>;
    type Output = Listing<InvitationRecord>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error> {
        let org = work.proof.context().org;
        let list = format!("invitations:{org}:{:?}", self.status);
        let page = self.page.read(&list)?;
        let filter = InvitationFilter { org: Some(org), status: self.status, email: None };
        let found = work.tx.directory().list_invitations(&filter, work.now, Some(page)).await?;
        Ok(Listing::new(found, &list))
    }
}

/// Reads one invitation. [`InviteError::NotFound`] if the organization has none with this id.
#[derive(Clone, Copy, Debug)]
pub struct ReadInvitation {
    /// The invitation's id.
    pub id: InvitationId,
}

#[async_trait]
impl Query for ReadInvitation {
    type Proof = Allow<InvitationsRead>;
    type Output = InvitationRecord;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<InvitationRecord, Error> {
        let org = work.proof.context().org;
        let invitation = find(work, org, self.id).await?;
        record(work, invitation).await
    }
}

impl App {
    /// Replaces an invitation by a new one with the same offer, the caller as inviter and a fresh
    /// token. [`InviteError::NotFound`] if there is none; [`InviteError::NotPending`] if it is closed
    /// or expired.
    pub async fn resend_invitation(
        &self,
        proof: &Allow<InvitationsWrite>,
        id: InvitationId,
    ) -> Result<InvitationRecord, Error> {
        let email = self.query(proof, &InvitedAddress { id }).await?;
        self.run(proof, &Resend { id, email }).await
    }
}

struct InvitedAddress {
    id: InvitationId,
}

#[async_trait]
impl Query for InvitedAddress {
    type Proof = Allow<InvitationsWrite>;
    type Output = Email;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Email, Error> {
        let org = work.proof.context().org;
        Ok(find(work, org, self.id).await?.email)
    }
}

/// The transaction of resending. The address is read beforehand, because an invitation never changes
/// it.
struct Resend {
    id: InvitationId,
    email: Email,
}

#[async_trait]
impl Command for Resend {
    type Proof = Allow<InvitationsWrite>;
    type Output = InvitationRecord;

    /// Counts like a new invitation.
    fn counts(&self, proof: &Self::Proof) -> Vec<(Limit, RateLimitKey)> {
        counts(proof.context(), &self.email)
    }

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<InvitationRecord, Error> {
        let org = work.proof.context().org;
        let former = find(work, org, self.id).await?;
        former.require_open(work.now).map_err(|_| InviteError::NotPending)?;
        let role = former.role_id.ok_or(InviteError::NotPending)?;
        let again = Invite { email: former.email, role, message: former.message };
        again.send_as(Action::InvitationResend, work).await
    }
}

/// Revokes an invitation.
#[derive(Clone, Copy, Debug)]
pub struct RevokeInvitation {
    /// The invitation's id.
    pub id: InvitationId,
}

#[async_trait]
impl Command for RevokeInvitation {
    type Proof = Allow<InvitationsDelete>;
    type Output = ();

    /// [`bailiwick_roles::RoleError::NotBelow`] if the caller may not act on the offered role;
    /// [`InviteError::NotPending`] if the invitation is closed or expired.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<(), Error> {
        let context = work.proof.context().clone();
        let org = context.org;
        let mut invitation = find(work, org, self.id).await?;
        require_role_below(work, &context, &invitation).await?;
        invitation.revoke(work.now)?;
        if !close(work, Action::InvitationRevoke, &invitation).await? {
            return Err(InviteError::NotPending.into());
        }
        withdraw(work, org, &invitation.email).await
    }
}

async fn find<P>(work: &mut Work<'_, P>, org: OrgId, id: InvitationId) -> Result<Invitation, Error> {
    Ok(work.tx.invites().find(InvitationKey::OfOrg(org, id)).await?.ok_or(InviteError::NotFound)?)
}

/// Revokes the pending invitation of this address, if there is one.
pub(crate) async fn revoke_pending<P>(
    work: &mut Work<'_, P>,
    org: OrgId,
    email: &Email,
) -> Result<(), Error> {
    if let Some(mut pending) = work.tx.invites().find(InvitationKey::Pending(org, email)).await?
        && pending.revoke(work.now).is_ok()
    {
        close(work, Action::InvitationRevoke, &pending).await?;
    }
    withdraw(work, org, email).await
}

/// Restores the membership status that the account had before it was invited.
pub(crate) async fn withdraw<P>(work: &mut Work<'_, P>, org: OrgId, email: &Email) -> Result<(), Error> {
    let Some(user) = work.tx.users().find_by_email(email, Lock::None).await? else {
        return Ok(());
    };
    match work.tx.directory().find_member(org, user.id).await? {
        Some(member) => withdraw_from(work, member.membership).await,
        None => Ok(()),
    }
}

/// Withdraws the invitation of this membership. Does nothing if its status is not invited.
async fn withdraw_from<P>(work: &mut Work<'_, P>, mut membership: Membership) -> Result<(), Error> {
    if membership.status != MembershipStatus::Invited {
        return Ok(());
    }
    let (org, user) = (membership.org_id, membership.user_id);
    let is_over = membership.withdraw_invitation();
    if is_over {
        work.tx.orgs().delete_membership(org, user).await?;
    } else {
        work.tx.orgs().update_membership(&membership).await?;
    }
    let status = (!is_over).then_some(membership.status);
    let event = AuditEvent::new(Action::MemberWithdraw, user).within(org);
    work.audit(event.change("status", &MembershipStatus::Invited, &status));
    Ok(())
}

/// Withdraws every invited membership of an account before it leaves its address. The invitations stay
/// with the address that they were sent to.
///
/// `locked` holds the organizations that [`lock_inviting`] locked before the account was locked. If
/// another organization has invited since, this fails with [`StoreError::Contention`] and the command
/// is retried, because organizations are locked before accounts.
pub(crate) async fn withdraw_everywhere<P>(
    work: &mut Work<'_, P>,
    user: UserId,
    locked: &[OrgId],
) -> Result<(), Error> {
    for membership in inviting(work, user).await? {
        if !locked.contains(&membership.org_id) {
            return Err(StoreError::Contention("the account was invited concurrently".to_owned()).into());
        }
        withdraw_from(work, membership).await?;
    }
    Ok(())
}

async fn inviting<P>(work: &mut Work<'_, P>, user: UserId) -> Result<Vec<Membership>, Error> {
    let memberships = work.tx.directory().list_memberships(user).await?.into_iter();
    let memberships = memberships.map(|record| record.membership);
    Ok(memberships.filter(|membership| membership.status == MembershipStatus::Invited).collect())
}

/// Locks the organizations that invite an account, in ascending order, and returns them. Call it before
/// the account is locked, because organizations are locked first everywhere.
pub(crate) async fn lock_inviting<P>(work: &mut Work<'_, P>, user: UserId) -> Result<Vec<OrgId>, Error> {
    let mut locked = Vec::new();
    for membership in inviting(work, user).await? {
        if work.tx.orgs().find(membership.org_id, Lock::Update).await?.is_some() {
            locked.push(membership.org_id);
        }
    }
    Ok(locked)
}
