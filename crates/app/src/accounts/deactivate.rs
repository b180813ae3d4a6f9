//! Deactivation and activation of accounts.

use async_trait::async_trait;
use bailiwick_kernel::{Limit, Lock, OrgId, PageRequest, TokenKind, UserId};
use bailiwick_orgs::{MembershipStatus, OrgError};
use bailiwick_users::{SessionScope, User, UserChanges, UserError, UserStatus};

use crate::audit::{Action, AuditEvent};
use crate::authority::{Authenticated, PlatformAdmin};
use crate::ports::{MemberFilter, OrgScope, Tx};
use crate::{Command, Error, Work};

/// Kinds of secrets that are revoked on deactivation. Recovery is not among them, because it
/// activates a deactivated account.
const ENDS_WHEN_INACTIVE: &[TokenKind] =
    &[TokenKind::PasswordReset, TokenKind::EmailChange, TokenKind::EmailVerification];

/// Deactivates the account of the caller. An organization without another member whose account is
/// active is archived.
#[derive(Clone, Copy, Debug)]
pub struct DeactivateMe;

#[async_trait]
impl Command for DeactivateMe {
    type Proof = Authenticated;
    type Output = User;
    const ALTERS_AUTHORITY: bool = true;

    async fn lock(&self, tx: &mut dyn Tx, proof: &Authenticated) -> Result<(), Error> {
        lock_organizations_of(tx, proof.actor().user).await
    }

    /// [`OrgError::LastOwner`] for the only owner of an organization with other members.
    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<User, Error> {
        let id = work.proof.actor().user;
        let mut user = work.tx.users().find(id, Lock::None).await?.ok_or(UserError::NotFound)?;
        deactivate(work, &mut user).await?;
        Ok(user)
    }
}

/// Deactivates another account, by the rules of [`DeactivateMe`]. An inactive account stays as it
/// is.
#[derive(Clone, Copy, Debug)]
pub struct DeactivateUser {
    /// The account to deactivate.
    pub user: UserId,
}

#[async_trait]
impl Command for DeactivateUser {
    type Proof = PlatformAdmin;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn lock(&self, tx: &mut dyn Tx, _: &PlatformAdmin) -> Result<(), Error> {
        lock_organizations_of(tx, self.user).await
    }

    /// [`UserError::OwnAccount`] for the caller: because each caller stays active, the platform
    /// keeps an administrator whatever list of accounts is processed. [`UserError::NotFound`];
    /// [`OrgError::LastOwner`].
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        if work.proof.actor().user == self.user {
            return Err(UserError::OwnAccount.into());
        }
        let mut user = work.tx.users().find(self.user, Lock::Update).await?.ok_or(UserError::NotFound)?;
        if user.status == UserStatus::Inactive {
            return Ok(());
        }
        deactivate(work, &mut user).await
    }
}

/// Deactivates a locked account: archives the organizations without another member whose account is
/// active, ends its sessions and revokes its secrets.
async fn deactivate<P>(work: &mut Work<'_, P>, user: &mut User) -> Result<(), Error> {
    for org in member_of(work.tx, user.id).await? {
        if !part_from(work, org, user.id).await? {
            work.tx.orgs().set_archived(org, Some(work.now)).await?;
            work.audit(AuditEvent::new(Action::OrganizationArchive, org).within(org));
        }
    }
    let was = user.status;
    user.deactivate();
    work.audit(AuditEvent::new(Action::AccountDeactivate, user.id).change("status", &was, &user.status));
    work.tx.users().update(user.id, &UserChanges::status_of(user)).await?;
    work.tx.sessions().end(user.id, SessionScope::All, work.now).await?;
    work.tx.secrets().revoke(user.id, ENDS_WHEN_INACTIVE).await?;
    Ok(())
}

/// Returns whether `org` has another member, suspended or not, whose account is active.
/// [`OrgError::LastOwner`] if it has, and would be left without an owner.
pub(super) async fn part_from<P>(work: &mut Work<'_, P>, org: OrgId, user: UserId) -> Result<bool, Error> {
    let owners = work.tx.orgs().lock_owners(org).await?;
    let in_use = vec![UserStatus::Active, UserStatus::Pending];
    if !has_other_member(work, org, user, Some(in_use)).await? {
        return Ok(false);
    }
    owners.can_do_without(user)?;
    Ok(true)
}

/// Returns whether `org` has another member than `user`, active or suspended, whose account has one of
/// these statuses; any if `accounts` is `None`.
pub(super) async fn has_other_member<P>(
    work: &mut Work<'_, P>,
    org: OrgId,
    user: UserId,
    accounts: Option<Vec<UserStatus>>,
) -> Result<bool, Error> {
    let statuses = Some(vec![MembershipStatus::Active, MembershipStatus::Suspended]);
    let filter = MemberFilter { statuses, accounts, ..MemberFilter::default() };
    let page = PageRequest { limit: Limit::ONE, after: None };
    let found = work.tx.directory().list_members(org, &filter, work.now, page).await?;
    Ok(found.next.is_some() || found.items.iter().any(|member| member.user.id != user))
}

/// Returns the archived organizations of which `user` is an active member, in ascending order of id.
pub(super) async fn archived_with<P>(work: &mut Work<'_, P>, user: UserId) -> Result<Vec<OrgId>, Error> {
    let archived = work.tx.directory().list_organizations(user, OrgScope::Archived, None).await?;
    Ok(archived.items.into_iter().map(|entry| entry.org.id).collect())
}

/// Returns the organizations of which `user` is a member, suspended or not, in the order in which
/// they are locked.
pub(super) async fn member_of(tx: &mut dyn Tx, user: UserId) -> Result<Vec<OrgId>, Error> {
    let memberships = tx.directory().list_memberships(user).await?;
    let memberships = memberships.iter().map(|record| &record.membership);
    Ok(memberships.filter(|membership| membership.is_member()).map(|membership| membership.org_id).collect())
}

/// Locks every organization of `user`, before any account: the order in which all commands take
/// these locks.
pub(super) async fn lock_organizations_of(tx: &mut dyn Tx, user: UserId) -> Result<(), Error> {
    for org in member_of(tx, user).await? {
        tx.orgs().find(org, Lock::Update).await?;
    }
    Ok(())
}

/// Activates an account, and restores the organizations that were archived with it.
#[derive(Clone, Copy, Debug)]
pub struct ActivateUser {
    /// The account.
    pub user: UserId,
}

#[async_trait]
impl Command for ActivateUser {
    type Proof = PlatformAdmin;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    /// Locks the organizations of the account, so that the last other member cannot leave during
    /// the activation.
    async fn lock(&self, tx: &mut dyn Tx, _: &PlatformAdmin) -> Result<(), Error> {
        lock_organizations_of(tx, self.user).await
    }

    /// [`UserError::NotFound`].
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        let mut user = work.tx.users().find(self.user, Lock::Update).await?.ok_or(UserError::NotFound)?;
        activate(work, &mut user).await
    }
}

/// Restores an archived organization, locked. Returns `false` if it was already restored for
/// another active member.
pub(super) async fn restored<P>(work: &mut Work<'_, P>, org: OrgId) -> Result<bool, Error> {
    match work.tx.orgs().set_archived(org, None).await {
        Err(OrgError::NotFound) => Ok(false),
        outcome => Ok(outcome.map(|()| true)?),
    }
}

/// Activates a locked account, and restores its archived organizations.
pub(super) async fn activate<P>(work: &mut Work<'_, P>, user: &mut User) -> Result<(), Error> {
    let was = user.status;
    user.activate();
    work.audit_changes(AuditEvent::new(Action::AccountActivate, user.id).change(
        "status",
        &was,
        &user.status,
    ));
    work.tx.users().update(user.id, &UserChanges::status_of(user)).await?;
    for org in archived_with(work, user.id).await? {
        if !restored(work, org).await? {
            continue;
        }
        // The activated member may not be an owner. The organization then stays archived until an
        // owner is active.
        if work.tx.orgs().lock_owners(org).await?.is_empty() {
            work.tx.orgs().set_archived(org, Some(work.now)).await?;
        } else {
            work.audit(AuditEvent::new(Action::OrganizationRestore, org).within(org));
        }
    }
    Ok(())
}
