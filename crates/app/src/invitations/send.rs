//! Sending invitations.

use std::collections::HashSet;

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InviteError, NewInvitation};
use bailiwick_kernel::{
    Email, InvitationId, Language, Lock, OrgId, PlainToken, RoleId, StoreError, TokenKind,
};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_roles::Role;
use bailiwick_users::User;

use crate::audit::{Action, AuditEvent};
use crate::authority::permission::InvitationsWrite;
use crate::authority::{Allow, MemberContext};
use crate::invitations::bounds::{counts, require_role_below};
use crate::invitations::{InvitationRecord, record};
use crate::mail::MailMessage;
use crate::ports::AuthorityQuery;
use crate::roles::define::find_role;
use crate::throttle::{Limit, RateLimitKey};
use crate::{App, Command, Error, Work};

/// The attempts to lock the account at an address, in case accounts replace each other there.
const LOCK_ATTEMPTS: usize = 3;

/// Invites an address into the organization with a role. If the address is invited already, the new
/// invitation replaces the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invite {
    /// The address to invite.
    pub email: Email,
    /// The role to offer; one that the caller may hand out.
    pub role: RoleId,
    /// A text from the inviter, for the mail.
    pub message: Option<String>,
}

#[async_trait]
impl Command for Invite {
    type Proof = Allow<InvitationsWrite>;
    type Output = InvitationRecord;

    fn counts(&self, proof: &Self::Proof) -> Vec<(Limit, RateLimitKey)> {
        counts(proof.context(), &self.email)
    }

    /// [`bailiwick_roles::RoleError`] if the role is unknown, the caller may not hand it out, or the
    /// address is already invited to a role that the caller may not act on; [`OrgError::AlreadyMember`]
    /// if the account at the address is a member.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<InvitationRecord, Error> {
        self.send_as(Action::InvitationCreate, work).await
    }
}

impl Invite {
    /// Supersedes the former invitation, stores the new one and enqueues its mail. `action` names the
    /// change in the audit trail.
    pub(crate) async fn send_as(
        &self,
        action: Action,
        work: &mut Work<'_, Allow<InvitationsWrite>>,
    ) -> Result<InvitationRecord, Error> {
        let context = work.proof.context().clone();
        let role = find_role(work, context.org, self.role).await?;
        context.holder().may_hand_out(&role)?;
        let former = self.supersede_former(work, &context).await?;
        let invitation = self.invitation(work, &context);
        let token = PlainToken::generate(TokenKind::Invitation, work.ids);
        let invitee = self.mark_invited(work, &invitation, &role).await?;
        work.tx.invites().insert(&invitation, &token.hash()).await?;
        work.audit(sent(action, &invitation, &role, former));
        let language = invitee.and_then(|user| user.language);
        self.send(work, &invitation, &role, language, &token).await?;
        record(work, invitation).await
    }

    fn invitation(&self, work: &Work<'_, Allow<InvitationsWrite>>, context: &MemberContext) -> Invitation {
        let new = NewInvitation {
            org_id: context.org,
            email: self.email.clone(),
            role_id: self.role,
            inviter_id: context.user,
            message: self.message.clone(),
            expires_at: work.now + work.settings.invitation_ttl,
        };
        Invitation::new(new, work.ids, work.now)
    }

    async fn supersede_former(
        &self,
        work: &mut Work<'_, Allow<InvitationsWrite>>,
        context: &MemberContext,
    ) -> Result<Option<InvitationId>, Error> {
        let Some(mut former) =
            work.tx.invites().find(InvitationKey::Pending(context.org, &self.email)).await?
        else {
            return Ok(None);
        };
        if former.require_open(work.now).is_ok() {
            require_role_below(work, context, &former).await?;
        }
        former.supersede(work.now)?;
        work.tx.invites().close(&former).await?;
        Ok(Some(former.id))
    }

    /// Marks the account at the address as invited, and returns it, if there is one.
    async fn mark_invited(
        &self,
        work: &mut Work<'_, Allow<InvitationsWrite>>,
        invitation: &Invitation,
        role: &Role,
    ) -> Result<Option<User>, Error> {
        let (org, until) = (invitation.org_id, invitation.expires_at);
        let Some(user) = self.lock_invitee(work, org).await? else {
            return Ok(None);
        };
        let former = work.tx.directory().find_member(org, user.id).await?.map(|member| member.membership);
        let was = former.as_ref().map(|membership| membership.status);
        if let Some(mut membership) = former {
            membership.invite(role.id, until)?;
            work.tx.orgs().update_membership(&membership).await?;
        } else {
            let membership = Membership::invited(org, user.id, role.id, until, work.now);
            work.tx.orgs().insert_membership(&membership).await?;
        }
        let event = AuditEvent::new(Action::MemberInvite, user.id).after("role", role);
        work.audit(event.change("status", &was, &MembershipStatus::Invited));
        Ok(Some(user))
    }

    /// Locks the account at the address and returns it. The lock keeps the account from moving to
    /// another address, because the move would not see the uncommitted membership. It is a shared lock,
    /// so that two accounts may invite each other at once.
    async fn lock_invitee(
        &self,
        work: &mut Work<'_, Allow<InvitationsWrite>>,
        org: OrgId,
    ) -> Result<Option<User>, Error> {
        let mut found = work.tx.users().find_by_email(&self.email, Lock::None).await?;
        for _ in 0..LOCK_ATTEMPTS {
            let Some(id) = found.as_ref().map(|user| user.id) else { return Ok(None) };
            work.tx.lock_view(&AuthorityQuery { user: id, session: None, org: Some(org) }).await?;
            // Another transaction may have moved the account to another address during the wait.
            found = work.tx.users().find_by_email(&self.email, Lock::None).await?;
            if found.as_ref().is_some_and(|user| user.id == id) {
                return Ok(found);
            }
        }
        Err(StoreError::Contention("an account is replaced again and again".to_owned()).into())
    }

    /// Mails the token, in the language of the account at the address if that has one, else in that of
    /// the inviter.
    async fn send(
        &self,
        work: &mut Work<'_, Allow<InvitationsWrite>>,
        invitation: &Invitation,
        role: &Role,
        language: Option<Language>,
        token: &PlainToken,
    ) -> Result<(), Error> {
        let org = work.tx.orgs().find(invitation.org_id, Lock::None).await?.ok_or(OrgError::NotFound)?;
        let inviter = match invitation.inviter_id {
            Some(id) => work.tx.users().find(id, Lock::None).await?,
            None => None,
        };
        let message = MailMessage::Invitation {
            token: token.into(),
            organization: org.name.to_string(),
            inviter: inviter.as_ref().map(User::full_name).unwrap_or_default(),
            role: role.name.to_string(),
            message: self.message.clone(),
            expires_at: invitation.expires_at,
        };
        let languages = [language, inviter.and_then(|user| user.language)];
        work.send(self.email.clone(), languages.into_iter().flatten(), message).await
    }
}

fn sent(action: Action, invitation: &Invitation, role: &Role, former: Option<InvitationId>) -> AuditEvent {
    let event = AuditEvent::new(action, invitation.id)
        .after("email", &invitation.email)
        .after("role", role)
        .after("expires_at", &invitation.expires_at);
    if former.is_some() { event.after("supersedes", &former) } else { event }
}

/// The outcome of one row of [`App::invite_many`].
pub type InviteOutcome = Result<InvitationRecord, Error>;

impl App {
    /// Invites many addresses, each in its own transaction, and returns the outcomes in the same order.
    /// A refused row does not stop the others. After an address was sent a mail, its later rows are
    /// [`InviteError::DuplicateInRequest`] and count towards no limit.
    pub async fn invite_many(&self, proof: &Allow<InvitationsWrite>, rows: &[Invite]) -> Vec<InviteOutcome> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut invited = HashSet::new();
        for row in rows {
            if invited.contains(&row.email) {
                outcomes.push(Err(InviteError::DuplicateInRequest.into()));
                continue;
            }
            let outcome = self.run(proof, row).await;
            if outcome.is_ok() {
                invited.insert(&row.email);
            }
            outcomes.push(outcome);
        }
        outcomes
    }
}
