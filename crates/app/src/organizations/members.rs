//! Listing, reading, suspending and removing members.

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

/// Lists the members of the organization.
#[derive(Clone, Debug, Default)]
pub struct ListMembers {
    /// The members to include.
    pub filter: MemberFilter,
    /// The page to return.
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

/// Reads one member. Reading a member other than the caller requires `users:read`.
#[derive(Clone, Copy, Debug)]
pub struct ReadMember {
    /// The member's account.
    pub user: UserId,
}

#[async_trait]
impl Query for ReadMember {
    type Proof = ActiveMember;
    type Output = MemberRecord;

    /// [`OrgError::NotMember`] if the account never was a member, or was removed.
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

/// A change to the status of a membership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberStatusChange {
    /// Suspend the member: no authority until restored.
    Suspend,
    /// Restore a suspended member.
    Restore,
}

/// Suspends or restores a member. Does nothing if the member has that status already.
#[derive(Clone, Copy, Debug)]
pub struct ChangeMemberStatus {
    /// The member's account.
    pub user: UserId,
    /// The change.
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

/// Ends a membership and revokes any pending invitation of the account. For an account that is only
/// invited, revokes the invitation.
#[derive(Clone, Copy, Debug)]
pub struct RemoveMember {
    /// The member's account.
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

/// Returns a membership that the caller may act on, with the member's address.
async fn member_below<P: Permit>(
    work: &mut Work<'_, Allow<P>>,
    user: UserId,
) -> Result<(Membership, Email), Error> {
    let context = work.proof.context().clone();
    let member = read_member(work, context.org, user).await?;
    require_below(&context, &member, work.now)?;
    Ok((member.membership, member.user.email))
}

/// Requires that the account is a member or invited, and strictly below the caller.
/// [`OrgError::NotMember`] if it is neither, before any level is compared.
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

/// Reads one member of any status. [`OrgError::NotMember`] if there never was a membership.
pub(crate) async fn read_member<P>(
    work: &mut Work<'_, P>,
    org: OrgId,
    user: UserId,
) -> Result<MemberRecord, Error> {
    Ok(work.tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?)
}
