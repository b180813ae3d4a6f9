//! Change of the e-mail address: the new address confirms it, the old one is notified.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, Lock, TokenKind};
use bailiwick_users::{AccountKey, Password, User, UserChanges, UserError, UserStatus};

use crate::accounts::remove_pending;
use crate::accounts::secrets::{LinkOutcome, find_link, issue_link, redeem_link};
use crate::accounts::throttles::clear_failed_logins;
use crate::audit::{Action, AuditEvent};
use crate::authority::{Authenticated, Public};
use crate::invitations::{lock_inviting, withdraw_everywhere};
use crate::mail::MailMessage;
use crate::throttle::{Limit, RateLimitKey};
use crate::timing::equalize;
use crate::{App, Command, Error, Work};

/// Kinds of secrets that are revoked with an address, because they were mailed to it or issued for
/// its owner.
const BOUND_TO_THE_ADDRESS: &[TokenKind] =
    &[TokenKind::PasswordReset, TokenKind::EmailVerification, TokenKind::Recovery, TokenKind::AdminRecovery];

/// Requests a change of the caller's address.
#[derive(Clone, Debug)]
pub struct ChangeEmail {
    /// The new address.
    pub new_email: Email,
    /// The password of the caller; `None` for a text that exceeds the maximum length.
    pub password: Option<Password>,
}

impl App {
    /// Mails a link to the new address, and a notice to the old one. An address that has an account
    /// gets no mail, and the response does not reveal it. [`UserError::BadCredentials`] if the
    /// password is wrong, then [`UserError::EmailUnchanged`] for the caller's own address.
    pub async fn change_email(&self, proof: &Authenticated, request: &ChangeEmail) -> Result<(), Error> {
        let own = self.confirm_own_password(proof, request.password.as_ref()).await?;
        if let Some(password) = request.password.as_ref().filter(|_| own.is_outdated) {
            self.rehash_own_password(proof, password, own.stored).await?;
        }
        let propose = ProposeEmail { new_email: request.new_email.clone() };
        equalize(self.parts().settings.answer_pace, self.run(proof, &propose)).await
    }
}

struct ProposeEmail {
    new_email: Email,
}

#[async_trait]
impl Command for ProposeEmail {
    type Proof = Authenticated;
    type Output = ();

    /// Counted whether or not the address is taken.
    fn counts(&self, proof: &Authenticated) -> Vec<(Limit, RateLimitKey)> {
        let (account, address) = (proof.actor().user, AccountKey::from(&self.new_email));
        vec![
            (Limit::MOVE_OF_CLIENT, RateLimitKey::Client),
            (Limit::MOVE_OF_ACCOUNT, RateLimitKey::User(account)),
            (Limit::MOVE_TO_ADDRESS, RateLimitKey::Account(address)),
        ]
    }

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let id = work.proof.actor().user;
        let mut user = work.tx.users().find(id, Lock::None).await?.ok_or(UserError::NotFound)?;
        user.propose_email(self.new_email.clone())?;
        let notice = MailMessage::EmailChangeRequested {
            first_name: user.first_name.to_string(),
            new_email: self.new_email.to_string(),
        };
        work.send(user.email.clone(), user.language.clone(), notice).await?;
        // The former link is revoked in either case, because its validity would reveal which
        // addresses are taken.
        work.tx.secrets().revoke(id, &[TokenKind::EmailChange]).await?;
        if is_claimed(work, &self.new_email).await? {
            return Ok(());
        }
        work.audit(
            AuditEvent::new(Action::AccountRequestEmailChange, id).after("new_email", &self.new_email),
        );
        work.tx.users().update(user.id, &UserChanges::emails_of(&user)).await?;
        let ttl = work.settings.verification_ttl;
        let token = issue_link(work, TokenKind::EmailChange, &user, &self.new_email, ttl).await?;
        let message = MailMessage::ConfirmEmail {
            token: (&token).into(),
            first_name: user.first_name.to_string(),
            expires_at: work.now + ttl,
        };
        work.send(self.new_email.clone(), user.language, message).await
    }
}

/// Whether the address belongs to an account. A pending account has no claim, because it never
/// proved the address.
async fn is_claimed<P>(work: &mut Work<'_, P>, email: &Email) -> Result<bool, Error> {
    let holder = work.tx.users().find_by_email(email, Lock::None).await?;
    Ok(holder.is_some_and(|user| user.status != UserStatus::Pending))
}

/// Confirms the new address with the token of the mailed link.
#[derive(Clone, Debug)]
pub struct ConfirmEmail {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

#[async_trait]
impl Command for ConfirmEmail {
    type Proof = Public;
    type Output = User;

    /// [`UserError::BadConfirmationToken`] for any fault of the token; [`UserError::EmailTaken`] if
    /// another account took the address in the meantime. A link whose change was already made
    /// returns the account as the first use did.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let refusal = UserError::BadConfirmationToken;
        let link = find_link(work, &self.token, TokenKind::EmailChange, refusal.clone()).await?;
        let inviting = lock_inviting(work, link.owner).await?;
        let mut user = match redeem_link(work, &link, refusal.clone()).await? {
            LinkOutcome::Used(user) => user,
            LinkOutcome::DoneBefore(user) => return Ok(user),
        };
        let (former, was_verified) = (user.email.clone(), user.email_verified);
        if user.status != UserStatus::Active || !user.confirm_email() {
            return Err(refusal.into());
        }
        work.name_actor(user.id, None);
        let event =
            AuditEvent::new(Action::AccountChangeEmail, user.id).change("email", &former, &user.email);
        work.audit(event.change("email_verified", &was_verified, &user.email_verified));
        withdraw_everywhere(work, user.id, &inviting).await?;
        remove_pending(work, &user.email).await?;
        work.tx.users().update(user.id, &UserChanges::emails_of(&user)).await?;
        work.tx.secrets().revoke(user.id, BOUND_TO_THE_ADDRESS).await?;
        clear_failed_logins(work, &user.email).await?;
        let notice = MailMessage::EmailChanged {
            first_name: user.first_name.to_string(),
            new_email: user.email.to_string(),
        };
        work.send(former, user.language.clone(), notice).await?;
        Ok(user)
    }
}
