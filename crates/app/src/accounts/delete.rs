//! Deletion of accounts.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, OrgId, UserId};
use bailiwick_roles::RoleError;
use bailiwick_users::{User, UserError};

use crate::accounts::deactivate::{
    archived_with, has_other_member, lock_organizations_of, member_of, part_from, restored,
};
use crate::audit::{Action, AuditEvent};
use crate::authority::permission::UsersDelete;
use crate::authority::{Authenticated, Denial, MemberContext, Permit, decision};
use crate::organizations::delete_organization;
use crate::ports::{MemberRecord, Tx};
use crate::{Command, Error, Query, Work};

/// Deletes an account with its memberships and sessions; its contributions to organizations stay.
/// The caller must be an administrator of the platform, or be allowed to remove the user from every
/// organization that the user is a member of.
#[derive(Clone, Copy, Debug)]
pub struct DeleteUser {
    /// The account.
    pub user: UserId,
}

#[async_trait]
impl Command for DeleteUser {
    type Proof = Authenticated;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn lock(&self, tx: &mut dyn Tx, _: &Authenticated) -> Result<(), Error> {
        lock_organizations_of(tx, self.user).await
    }

    /// [`UserError::NotFound`] also for a user with whom the caller shares no organization;
    /// [`RoleError::NotBelow`]; [`bailiwick_orgs::OrgError::LastOwner`].
    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let target = work.tx.users().find(self.user, Lock::Update).await?.ok_or(UserError::NotFound)?;
        if !is_platform_admin(work).await? {
            require_above_everywhere(work, &target).await?;
        }
        for org in member_of(work.tx, target.id).await? {
            if part_from(work, org, target.id).await? {
                work.audit(
                    AuditEvent::new(Action::MemberRemove, target.id)
                        .within(org)
                        .before("email", &target.email),
                );
            } else {
                close(work, org, target.id).await?;
            }
        }
        close_archived(work, target.id).await?;
        work.audit(AuditEvent::new(Action::AccountDelete, target.id).before("email", &target.email));
        Ok(work.tx.users().delete(target.id).await?)
    }
}

/// Refuses a caller who may not run [`DeleteUser`], with the same errors. An administrator of the
/// platform passes, whether or not the account exists.
#[derive(Clone, Copy, Debug)]
pub struct RequireRightToDelete {
    /// The account to delete; `None` for a malformed id.
    pub user: Option<UserId>,
}

#[async_trait]
impl Query for RequireRightToDelete {
    type Proof = Authenticated;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        if is_platform_admin(work).await? {
            return Ok(());
        }
        let user = self.user.ok_or(UserError::NotFound)?;
        let target = work.tx.users().find(user, Lock::None).await?.ok_or(UserError::NotFound)?;
        require_above_everywhere(work, &target).await
    }
}

async fn is_platform_admin(work: &mut Work<'_, Authenticated>) -> Result<bool, Error> {
    let query = work.proof.actor().query();
    Ok(work.tx.lock_view(&query).await?.is_some_and(|view| view.platform_admin))
}

/// Requires that the caller may remove `target` from each of its organizations. Invitations are not
/// considered, so an inviter gains no rights over the invited account.
async fn require_above_everywhere(work: &mut Work<'_, Authenticated>, target: &User) -> Result<(), Error> {
    let mut memberships = work.tx.directory().list_memberships(target.id).await?;
    memberships.retain(|record| record.membership.is_member());
    let mut contexts = Vec::with_capacity(memberships.len());
    for record in &memberships {
        contexts.push(own_context(work, record).await?);
    }
    if contexts.iter().all(Option::is_none) {
        return Err(UserError::NotFound.into());
    }
    for context in contexts.iter().flatten() {
        context.require(UsersDelete::permission())?;
    }
    let above = |(record, context): (&MemberRecord, &Option<MemberContext>)| {
        let (Some(role), Some(context)) = (&record.role, context) else {
            return Err(RoleError::NotBelow);
        };
        context.holder().may_act_on(role.level)
    };
    memberships.iter().zip(&contexts).try_for_each(above)?;
    if target.platform_admin { Err(RoleError::NotBelow.into()) } else { Ok(()) }
}

/// Returns the authority of the caller in the organization of `record`; `None` if the caller is not
/// an active member.
async fn own_context(
    work: &mut Work<'_, Authenticated>,
    record: &MemberRecord,
) -> Result<Option<MemberContext>, Error> {
    let query = work.proof.actor().query_in(record.membership.org_id);
    let view = work.tx.lock_view(&query).await?;
    match decision::active_member(&query, view, work.now) {
        Ok(context) => Ok(Some(context)),
        Err(denial @ (Denial::Token(_) | Denial::Deactivated)) => Err(denial.into()),
        Err(_) => Ok(None),
    }
}

/// Closes an organization of `user` without another member whose account is active: it is deleted if it has
/// no other member, else archived.
async fn close(work: &mut Work<'_, Authenticated>, org: OrgId, user: UserId) -> Result<(), Error> {
    let Some(org) = work.tx.orgs().find(org, Lock::None).await? else { return Ok(()) };
    if !has_other_member(work, org.id, user, None).await? {
        return delete_organization(work, &org).await;
    }
    work.tx.orgs().set_archived(org.id, Some(work.now)).await?;
    work.audit(AuditEvent::new(Action::OrganizationArchive, org.id).within(org.id));
    Ok(())
}

/// Closes the organizations that were archived with the account.
async fn close_archived(work: &mut Work<'_, Authenticated>, user: UserId) -> Result<(), Error> {
    for org in archived_with(work, user).await? {
        if restored(work, org).await? {
            close(work, org, user).await?;
        }
    }
    Ok(())
}
