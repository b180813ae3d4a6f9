//! Assigning a role to a member.

use async_trait::async_trait;
use bailiwick_kernel::{RoleId, UserId};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::UsersWrite;
use crate::organizations::{read_member, require_below};
use crate::ports::MemberRecord;
use crate::roles::define::find_role;
use crate::{Command, Error, Work};

/// Sets a member's role and reactivates a suspended member. The new authority applies from the next
/// request on, without a new login.
#[derive(Clone, Copy, Debug)]
pub struct AssignRole {
    /// The member's account.
    pub user: UserId,
    /// The role to assign.
    pub role: RoleId,
}

#[async_trait]
impl Command for AssignRole {
    type Proof = Allow<UsersWrite>;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    /// [`bailiwick_orgs::OrgError::NotMember`] also for invited and removed accounts, because they join
    /// by accepting an invitation.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<MemberRecord, Error> {
        let context = work.proof.context().clone();
        let member = read_member(work, context.org, self.user).await?;
        require_below(&context, &member, work.now)?;
        let role = find_role(work, context.org, self.role).await?;
        context.holder().may_hand_out(&role)?;
        let mut membership = member.membership;
        let was = membership.status;
        membership.assign(role.id)?;
        if !role.is_owner() {
            work.tx.orgs().lock_owners(context.org).await?.can_do_without(self.user)?;
        }
        work.tx.orgs().update_membership(&membership).await?;
        let event = AuditEvent::new(Action::MemberAssignRole, self.user).change("role", &member.role, &role);
        work.audit_changes(event.change("status", &was, &membership.status));
        read_member(work, context.org, self.user).await
    }
}
