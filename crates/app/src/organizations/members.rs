//! The members of an organization.

use async_trait::async_trait;
use bailiwick_kernel::{Email, OrgId, Timestamp, UserId};
use bailiwick_orgs::{EffectiveStatus, Membership, MembershipStatus, OrgError};
use bailiwick_roles::{Level, RoleError};

use crate::audit::{Action, AuditEvent};
use crate::authority::permission::{UsersDelete, UsersRead, UsersWrite};
use crate::authority::{ActiveMember, Allow, MemberContext, Permit, require};
use crate::invitations::revoke_pending;
use crate::listing::{Listing, PageText};
use crate::ports::{MemberFilter, MemberRecord};
use crate::{Command, Error, Query, Work};

/// Lists members.
#[derive(Clone, Debug, Default)]
pub struct ListMembers {
    /// Which of them.
    pub filter: MemberFilter,
    /// Which page.
    pub page: PageText,
}

#[async_trait]
impl Query for ListMembers {
    type Proof = Allow<UsersRead>;
    type Output = Listing<MemberRecord>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Self::Output, Error> {
        let org = work.proof.context().org;
        let list = format!("members:{org}:{:?}", self.filter);
        let page = self.page.read(&list)?;
        let found = work.tx.directory().list_members(org, &self.filter, work.now, page).await?;
        Ok(Listing::new(found, &list))
    }
}

/// Reads one member: oneself, or anybody with `users:read`.
#[derive(Clone, Copy, Debug)]
pub struct ReadMember {
    /// The member.
    pub user: UserId,
}

#[async_trait]
impl Query for ReadMember {
    type Proof = ActiveMember;
    type Output = MemberRecord;

    /// [`OrgError::NotMember`] for somebody who never was one, or was removed.
    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<MemberRecord, Error> {
        if self.user != work.proof.context().user {
            require(work.proof.context(), UsersRead::permission(), work.tx.roles()).await?;
        }
        let org = work.proof.context().org;
        let member = read_member(work, org, self.user).await?;
        match member.membership.effective_status(work.now) {
            EffectiveStatus::None | EffectiveStatus::As(MembershipStatus::Removed) => {
                Err(OrgError::NotMember.into())
            }
            EffectiveStatus::As(_) => Ok(member),
        }
    }
}

/// What can be done to a membership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberStatusChange {
    /// Take authority away for the time being.
    Suspend,
    /// Give it back.
    Restore,
}

/// Suspends or restores a member. What is so already stays so.
#[derive(Clone, Copy, Debug)]
pub struct ChangeMemberStatus {
    /// The member.
    pub user: UserId,
    /// How.
    pub change: MemberStatusChange,
}

#[async_trait]
impl Command for ChangeMemberStatus {
    type Proof = Allow<UsersWrite>;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<MemberRecord, Error> {
        let (mut membership, _) = member_below(work, self.user).await?;
        let was = membership.status;
        let action = match self.change {
            MemberStatusChange::Restore => {
                membership.restore()?;
                Action::MemberRestore
            }
            MemberStatusChange::Suspend => {
                membership.suspend()?;
                work.tx.orgs().lock_owners(membership.org_id).await?.can_do_without(self.user)?;
                Action::MemberSuspend
            }
        };
        work.tx.orgs().update_membership(&membership).await?;
        work.audit_changes(AuditEvent::new(action, self.user).change("status", &was, &membership.status));
        read_member(work, membership.org_id, self.user).await
    }
}

/// Ends a membership, and any invitation that would bring the person back. For
/// somebody who is only invited, that is all there is to end.
#[derive(Clone, Copy, Debug)]
pub struct RemoveMember {
    /// The member.
    pub user: UserId,
}

#[async_trait]
impl Command for RemoveMember {
    type Proof = Allow<UsersDelete>;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<(), Error> {
        let (mut membership, email) = member_below(work, self.user).await?;
        if membership.effective_status(work.now) == EffectiveStatus::As(MembershipStatus::Invited) {
            return revoke_pending(work, membership.org_id, &email).await;
        }
        let was = membership.status;
        membership.remove()?;
        work.tx.orgs().lock_owners(membership.org_id).await?.can_do_without(self.user)?;
        work.tx.orgs().update_membership(&membership).await?;
        work.audit(AuditEvent::new(Action::MemberRemove, self.user).change(
            "status",
            &was,
            &membership.status,
        ));
        revoke_pending(work, membership.org_id, &email).await
    }
}

/// A membership that the caller may act on, with the person's address.
async fn member_below<P: Permit>(
    work: &mut Work<'_, Allow<P>>,
    user: UserId,
) -> Result<(Membership, Email), Error> {
    let context = work.proof.context().clone();
    let member = read_member(work, context.org, user).await?;
    require_below(&context, &member, work.now)?;
    Ok((member.membership, member.user.email))
}

/// The person is there, and strictly below the caller. Who is not there is
/// [`OrgError::NotMember`] before any level is compared.
pub(crate) fn require_below(
    context: &MemberContext,
    member: &MemberRecord,
    now: Timestamp,
) -> Result<(), Error> {
    match member.membership.effective_status(now) {
        EffectiveStatus::None | EffectiveStatus::As(MembershipStatus::Removed) => {
            Err(OrgError::NotMember.into())
        }
        EffectiveStatus::As(_) => Ok(context.holder().may_act_on(level_of(member)?)?),
    }
}

fn level_of(member: &MemberRecord) -> Result<Level, RoleError> {
    member.role.as_ref().map(|role| role.level).ok_or(RoleError::NotFound)
}

/// One member, whatever the status; [`OrgError::NotMember`] if there never was one.
pub(crate) async fn read_member<P>(
    work: &mut Work<'_, P>,
    org: OrgId,
    user: UserId,
) -> Result<MemberRecord, Error> {
    Ok(work.tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?)
}
