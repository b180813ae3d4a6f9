//! Leaving an organization.

use async_trait::async_trait;
use bailiwick_orgs::OrgError;

use crate::audit::{Action, AuditEvent};
use crate::authority::ActiveMember;
use crate::invitations::revoke_pending;
use crate::{Command, Error, Work};

/// Ends the caller's membership. [`OrgError::LastOwner`] if the caller is the only owner: transfer or
/// delete the organization first.
#[derive(Clone, Copy, Debug)]
pub struct Leave;

#[async_trait]
impl Command for Leave {
    type Proof = ActiveMember;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<(), Error> {
        let (org, user) = (work.proof.context().org, work.proof.context().user);
        work.tx.orgs().lock_owners(org).await?.can_do_without(user)?;
        let member = work.tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?;
        let mut membership = member.membership;
        let was = membership.status;
        membership.remove()?;
        work.tx.orgs().update_membership(&membership).await?;
        work.audit(AuditEvent::new(Action::MemberLeave, user).change("status", &was, &membership.status));
        revoke_pending(work, org, &member.user.email).await
    }
}
