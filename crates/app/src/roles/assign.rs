//! Giving a member a role.

use async_trait::async_trait;
use bailiwick_kernel::{RoleId, UserId};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::UsersWrite;
use crate::organizations::{read_member, require_below};
use crate::ports::MemberRecord;
use crate::roles::define::find_role;
use crate::{Command, Error, Work};

/// Sets a member's role, and re-activates a suspended member. The new authority
/// holds from the next request on; no new login is needed.
#[derive(Clone, Copy, Debug)]
pub struct AssignRole {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub role: RoleId,
}

#[async_trait]
impl Command for AssignRole {
    type Proof = Allow<UsersWrite>;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    /// [`bailiwick_orgs::OrgError::NotMember`] also for the invited and the
    /// removed: they must come in by an invitation.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<MemberRecord, Error> {
        let grant = work.proof.context().clone();
        let member = read_member(work, grant.org, self.user).await?;
        require_below(&grant, &member, work.now)?;
        let role = find_role(work, grant.org, self.role).await?;
        grant.holder().may_hand_out(&role)?;
        let mut membership = member.membership;
        let was = membership.status;
        membership.assign(role.id)?;
        if !role.is_owner() {
            work.tx.orgs().lock_owners(grant.org).await?.can_do_without(self.user)?;
        }
        work.tx.orgs().update_membership(&membership).await?;
        let event = AuditEvent::new(Action::MemberAssignRole, self.user).change("role", &member.role, &role);
        work.audit_changes(event.change("status", &was, &membership.status));
        read_member(work, grant.org, self.user).await
    }
}
