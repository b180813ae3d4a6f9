//! Verification of mailboxes.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, Lock, TokenKind};
use bailiwick_users::{AccountKey, User, UserChanges, UserError, UserStatus};

use crate::accounts::secrets::{LinkOutcome, find_link, issue_link, redeem_link};
use crate::accounts::throttles::clear_failed_logins;
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::mail::MailMessage;
use crate::throttle::{Limit, RateLimitKey};
use crate::timing::equalize;
use crate::{App, Command, Error, Work};

/// Puts a new verification link into the outbox. A former link stays valid until it expires.
pub(crate) async fn send_verification<P>(work: &mut Work<'_, P>, user: &User) -> Result<(), Error> {
    let ttl = work.settings.verification_ttl;
    let token = issue_link(work, TokenKind::EmailVerification, user, &user.email, ttl).await?;
    let message = MailMessage::VerifyEmail {
        token: (&token).into(),
        first_name: user.first_name.to_string(),
        expires_at: work.now + ttl,
    };
    work.send(user.email.clone(), user.language.clone(), message).await
}

/// Verifies a mailbox with the token that was mailed to it.
#[derive(Clone, Debug)]
pub struct VerifyEmail {
    /// The token as the client sent it.
    pub token: ClaimedToken,
}

#[async_trait]
impl Command for VerifyEmail {
    type Proof = Public;
    type Output = User;

    /// [`UserError::BadVerificationToken`] for any fault of the token. A link whose verification
    /// was already made returns the account as the first use did.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let refusal = UserError::BadVerificationToken;
        let link = find_link(work, &self.token, TokenKind::EmailVerification, refusal.clone()).await?;
        let mut user = match redeem_link(work, &link, refusal).await? {
            LinkOutcome::Used(user) => user,
            LinkOutcome::DoneBefore(user) => return Ok(user),
        };
        work.name_actor(user.id, None);
        if user.status == UserStatus::Pending {
            clear_failed_logins(work, &user.email).await?;
        }
        prove_mailbox(work, &mut user).await?;
        Ok(user)
    }
}

/// Stores that the mailbox is proven. [`UserError::NotFound`] for an account that was deleted.
pub(crate) async fn prove_mailbox<P>(work: &mut Work<'_, P>, user: &mut User) -> Result<(), Error> {
    let was = (user.status, user.email_verified);
    user.prove_mailbox();
    work.tx.users().update(user.id, &UserChanges::status_of(user)).await?;
    let event = AuditEvent::new(Action::AccountVerifyEmail, user.id).change("status", &was.0, &user.status);
    work.audit_changes(event.change("email_verified", &was.1, &user.email_verified));
    Ok(())
}

/// Sends the verification link again if the account of the address is unverified. The response does
/// not reveal whether it is.
#[derive(Clone, Debug)]
pub struct ResendVerification {
    /// The address.
    pub email: Email,
}

impl App {
    /// Runs [`ResendVerification`], with an equalized response time.
    pub async fn resend_verification(
        &self,
        proof: &Public,
        request: &ResendVerification,
    ) -> Result<(), Error> {
        equalize(self.parts().settings.answer_pace, self.run(proof, request)).await
    }
}

#[async_trait]
impl Command for ResendVerification {
    type Proof = Public;
    type Output = ();

    fn counts(&self, _: &Public) -> Vec<(Limit, RateLimitKey)> {
        let account = RateLimitKey::Account(AccountKey::from(&self.email));
        vec![(Limit::RESEND_OF_CLIENT, RateLimitKey::Client), (Limit::RESEND_OF_ACCOUNT, account)]
    }

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        match work.tx.users().find_by_email(&self.email, Lock::Update).await? {
            Some(user) if !user.email_verified && user.status != UserStatus::Inactive => {
                work.audit(AuditEvent::new(Action::AccountResendVerification, user.id));
                send_verification(work, &user).await
            }
            _ => Ok(()),
        }
    }
}
