//! Accepting an invitation, with an existing account or by signing up.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InviteError};
use bailiwick_kernel::{ClaimedToken, DisplayName, Email, Lock, TokenKind};
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_roles::Role;
use bailiwick_users::{NewUser, Password, User, UserError};

use crate::accounts::{clear_failed_logins, new_account, prove_mailbox, remove_pending};
use crate::audit::{Action, AuditEvent};
use crate::authority::permission::InvitationsWrite;
use crate::authority::{Authenticated, Permit, Public, decision};
use crate::invitations::{close, find_by_token, lock_by_token};
use crate::organizations::read_member;
use crate::ports::{AuthorityQuery, MemberRecord, Tx};
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Query, Work};

/// Accepts an invitation that was mailed to the caller's address.
#[derive(Clone, Debug)]
pub struct AcceptInvitation {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

#[async_trait]
impl Command for AcceptInvitation {
    type Proof = Authenticated;
    type Output = MemberRecord;
    const ALTERS_AUTHORITY: bool = true;

    fn counts(&self, _: &Authenticated) -> Vec<(Limit, RateLimitKey)> {
        vec![(Limit::ACCEPT, RateLimitKey::Client)]
    }

    /// Locks the inviting organization before the proof locks the account. Errors in the token are
    /// reported after the proof is renewed.
    async fn lock(&self, tx: &mut dyn Tx, _: &Authenticated) -> Result<(), Error> {
        let Some(token) = self.token.read(TokenKind::Invitation) else { return Ok(()) };
        if let Some(invitation) = tx.invites().find(InvitationKey::Token(&token.hash())).await? {
            tx.orgs().find(invitation.org_id, Lock::Update).await?;
        }
        Ok(())
    }

    /// Joins the organization. The token proves the mailbox, so the address counts as verified.
    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<MemberRecord, Error> {
        let invitation = lock_by_token(work, &self.token).await?;
        invitation.require_open(work.now)?;
        let user = work.proof.actor().user;
        let mut user = work.tx.users().find(user, Lock::None).await?.ok_or(UserError::NotFound)?;
        invitation.require_email(&user.email)?;
        if !user.email_verified {
            prove_mailbox(work, &mut user).await?;
        }
        let org = invitation.org_id;
        join(work, invitation, &user).await?;
        read_member(work, org, user.id).await
    }
}

/// Signs up a new account by an invitation.
#[derive(Clone, Debug)]
pub struct SignUpByInvitation {
    /// The token as the client sent it.
    pub token: ClaimedToken,
    /// The address to register; must be the invited one.
    pub email: Email,
    /// The password of the new account.
    pub password: Password,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name.
    pub last_name: DisplayName,
}

impl App {
    /// Creates the account and the membership and closes the invitation in one transaction. Fails with
    /// an [`InviteError`] if the token cannot be used or the address is not the invited one, and with
    /// [`UserError::EmailTaken`] if the address has an account: log in and accept instead.
    pub async fn sign_up_by_invitation(
        &self,
        proof: &Public,
        request: &SignUpByInvitation,
    ) -> Result<User, Error> {
        self.limit(Limit::ACCEPT, RateLimitKey::Client).await?;
        let SignUpByInvitation { email, password, first_name, last_name, .. } = request;
        // Check the invitation first, because hashing a password is expensive.
        self.query(proof, &RequireInvited { token: request.token.clone(), email: email.clone() }).await?;
        let new_user = self.new_user(email, password, first_name, last_name).await?;
        self.run(proof, &RegisterInvited { token: request.token.clone(), new_user }).await
    }
}

struct RequireInvited {
    token: ClaimedToken,
    email: Email,
}

#[async_trait]
impl Query for RequireInvited {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let invitation = find_by_token(work, &self.token).await?;
        invitation.require_open(work.now)?;
        Ok(invitation.require_email(&self.email)?)
    }
}

/// The transaction of a sign-up by invitation.
struct RegisterInvited {
    token: ClaimedToken,
    new_user: NewUser,
}

#[async_trait]
impl Command for RegisterInvited {
    type Proof = Public;
    type Output = User;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let invitation = lock_by_token(work, &self.token).await?;
        invitation.require_open(work.now)?;
        invitation.require_email(&self.new_user.email)?;
        let user = User::with_proven_mailbox(self.new_user.clone(), work.ids, work.now);
        work.name_actor(user.id, None);
        remove_pending(work, &self.new_user.email).await?;
        work.tx.users().insert(&user).await?;
        clear_failed_logins(work, &user.email).await?;
        work.audit(new_account(Action::AccountSignUp, &user));
        join(work, invitation, &user).await?;
        Ok(user)
    }
}

/// Accepts the invitation and makes `user` a member. Expects the organization to be locked.
pub(super) async fn join<P>(
    work: &mut Work<'_, P>,
    mut invitation: Invitation,
    user: &User,
) -> Result<(), Error> {
    let role = require_inviters_right(work, &invitation).await?;
    invitation.accept(work.now)?;
    if !close(work, Action::InvitationAccept, &invitation).await? {
        return Err(InviteError::AlreadyUsed.into());
    }
    let org = invitation.org_id;
    let former = work.tx.directory().find_member(org, user.id).await?.map(|member| member.membership);
    let was = former.as_ref().map(|membership| membership.status);
    if let Some(mut membership) = former {
        membership.join(role.id, work.now)?;
        work.tx.orgs().update_membership(&membership).await?;
    } else {
        let membership = Membership::active(org, user.id, role.id, work.now);
        work.tx.orgs().insert_membership(&membership).await?;
    }
    let event = AuditEvent::new(Action::MemberJoin, user.id).within(org).after("role", &role);
    work.audit(event.change("status", &was, &MembershipStatus::Active));
    Ok(())
}

/// Returns the offered role if the inviter may still offer it: the inviter is an active member who may
/// invite and may hand out the role as it is now. [`InviteError::InviterLostRight`] otherwise.
async fn require_inviters_right<P>(work: &mut Work<'_, P>, invitation: &Invitation) -> Result<Role, Error> {
    let (Some(inviter), Some(role)) = (invitation.inviter_id, invitation.role_id) else {
        return Err(InviteError::InviterLostRight.into());
    };
    let query = AuthorityQuery { user: inviter, session: None, org: Some(invitation.org_id) };
    let view = work.tx.lock_view(&query).await?;
    let context =
        decision::active_member(&query, view, work.now).map_err(|_| InviteError::InviterLostRight)?;
    let role = work.tx.roles().find(invitation.org_id, role).await?.ok_or(InviteError::InviterLostRight)?;
    context.require(InvitationsWrite::permission()).map_err(|_| InviteError::InviterLostRight)?;
    context.holder().may_hand_out(&role).map_err(|_| InviteError::InviterLostRight)?;
    Ok(role)
}
