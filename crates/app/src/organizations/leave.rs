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
        let membership = work.tx.orgs().find_membership(org, user).await?;
        let mut membership = membership.ok_or(OrgError::NotMember)?;
        let was = membership.status;
        membership.remove()?;
        work.tx.orgs().update_membership(&membership).await?;
        work.audit(AuditEvent::new(Action::MemberLeave, user).change("status", &was, &membership.status));
        match work.tx.users().find(user).await? {
            Some(user) => revoke_pending(work, org, &user.email).await,
            None => Ok(()),
        }
    }
}
