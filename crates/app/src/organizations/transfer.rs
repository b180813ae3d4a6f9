//! Transferring the ownership of an organization.

use async_trait::async_trait;
use bailiwick_kernel::UserId;
use bailiwick_orgs::{MembershipStatus, OrgError};
use bailiwick_roles::{RoleError, SystemRole};
use bailiwick_users::UserStatus;

use crate::audit::{Action, AuditEvent};
use crate::authority::OrgOwner;
use crate::organizations::read_member;
use crate::ports::MemberRecord;
use crate::{Command, Error, Work};

/// Makes another active member the owner and the caller an admin, in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct TransferOwnership {
    /// The new owner's account.
    pub user: UserId,
}

#[async_trait]
impl Command for TransferOwnership {
    type Proof = OrgOwner;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    /// [`OrgError::NotMember`] unless `user` is an active member with an active account;
    /// [`OrgError::TransferToSelf`] if `user` is the caller.
    async fn execute(&self, work: &mut Work<'_, OrgOwner>) -> Result<MemberRecord, Error> {
        let (org, caller) = (work.proof.context().org, work.proof.context().user);
        if self.user == caller {
            return Err(OrgError::TransferToSelf.into());
        }
        let heir = read_member(work, org, self.user).await?;
        let fit =
            heir.membership.status == MembershipStatus::Active && heir.user.status == UserStatus::Active;
        if !fit {
            return Err(OrgError::NotMember.into());
        }
        let event = AuditEvent::new(Action::OrganizationTransfer, org);
        work.audit(event.change("owner", &caller, &self.user));
        self.assign(work, heir, SystemRole::Owner).await?;
        let former = read_member(work, org, caller).await?;
        self.assign(work, former, SystemRole::Admin).await?;
        read_member(work, org, self.user).await
    }
}

impl TransferOwnership {
    async fn assign(
        &self,
        work: &mut Work<'_, OrgOwner>,
        member: MemberRecord,
        system: SystemRole,
    ) -> Result<(), Error> {
        let mut membership = member.membership;
        let roles = work.tx.roles().list(membership.org_id).await?;
        let role = roles.into_iter().find(|role| role.system == Some(system)).ok_or(RoleError::NotFound)?;
        membership.assign(role.id)?;
        work.tx.orgs().update_membership(&membership).await?;
        let event = AuditEvent::new(Action::MemberAssignRole, membership.user_id);
        work.audit_changes(event.change("role", &member.role, &role));
        Ok(())
    }
}
