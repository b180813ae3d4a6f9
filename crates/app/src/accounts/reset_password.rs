//! Password reset: a link by mail, and a new password by that link.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, Lock, TokenKind, UserId};
use bailiwick_users::{AccountKey, Password, PasswordHash, User, UserError, UserStatus};

use crate::accounts::recover::Recover;
use crate::accounts::replace_password::replace_password;
use crate::accounts::secrets::{find, issue, redeem};
use crate::accounts::verify::prove_mailbox;
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::mail::MailMessage;
use crate::throttle::{Limit, RateLimitKey};
use crate::timing::equalize;
use crate::{App, Command, Error, Query, Work};

/// Kinds of secrets that set a new password, distinguished by their prefix.
const KINDS: [TokenKind; 3] = [TokenKind::PasswordReset, TokenKind::Recovery, TokenKind::AdminRecovery];

/// Requests a mail with a link to choose a new password.
#[derive(Clone, Debug)]
pub struct ForgotPassword {
    /// The address of the account.
    pub email: Email,
}

impl App {
    /// Mails a link if the address has an active or pending account. Neither the response nor its
    /// time reveals whether it has.
    pub async fn forgot_password(&self, proof: &Public, request: &ForgotPassword) -> Result<(), Error> {
        equalize(self.parts().settings.answer_pace, self.run(proof, request)).await
    }

    /// Sets a new password by a mailed token. The token also proves the mailbox, so everything set
    /// up without that proof ends. A token of [`super::IssueRecovery`] does the same, and activates
    /// the account. [`UserError::BadResetToken`].
    pub async fn reset_password(&self, proof: &Public, request: &ResetPassword) -> Result<(), Error> {
        self.limit(Limit::RESET, RateLimitKey::Client).await?;
        // An invalid token costs no hash.
        let (kind, owner) = self.query(proof, &FindResetToken { token: request.token.clone() }).await?;
        let (token, new) = (request.token.clone(), self.parts().hasher.hash(&request.password).await?);
        match kind {
            TokenKind::PasswordReset => self.run(proof, &SetPassword { token, new }).await,
            _ => self.run(proof, &Recover { token, kind, owner, new }).await,
        }
    }
}

#[async_trait]
impl Command for ForgotPassword {
    type Proof = Public;
    type Output = ();

    fn counts(&self, _: &Public) -> Vec<(Limit, RateLimitKey)> {
        let account = RateLimitKey::Account(AccountKey::from(&self.email));
        vec![(Limit::FORGOT_OF_CLIENT, RateLimitKey::Client), (Limit::FORGOT_OF_ACCOUNT, account)]
    }

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        match work.tx.users().find_by_email(&self.email, Lock::Update).await? {
            Some(user) if user.status != UserStatus::Inactive => send_reset(work, &user).await,
            _ => Ok(()),
        }
    }
}

async fn send_reset(work: &mut Work<'_, Public>, user: &User) -> Result<(), Error> {
    work.audit(AuditEvent::new(Action::AccountRequestReset, user.id));
    let token = issue(work, TokenKind::PasswordReset, user, work.settings.reset_ttl).await?;
    let message = MailMessage::ResetPassword {
        token: (&token).into(),
        first_name: user.first_name.to_string(),
        expires_at: work.now + work.settings.reset_ttl,
    };
    work.send(user.email.clone(), user.language.clone(), message).await
}

/// Sets a new password by a token that was mailed, or issued by an operator.
#[derive(Clone, Debug)]
pub struct ResetPassword {
    /// The token as the client sent it.
    pub token: ClaimedToken,
    /// The chosen password.
    pub password: Password,
}

/// Finds the kind and the account of a token.
struct FindResetToken {
    token: ClaimedToken,
}

#[async_trait]
impl Query for FindResetToken {
    type Proof = Public;
    type Output = (TokenKind, UserId);

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Self::Output, Error> {
        let kind = KINDS.into_iter().find(|kind| self.token.read(*kind).is_some());
        let kind = kind.ok_or(UserError::BadResetToken)?;
        let (_, owner) = find(work, &self.token, kind, UserError::BadResetToken).await?;
        Ok((kind, owner))
    }
}

/// The transaction of a reset.
struct SetPassword {
    token: ClaimedToken,
    new: PasswordHash,
}

#[async_trait]
impl Command for SetPassword {
    type Proof = Public;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let mut user = redeem(work, &self.token, TokenKind::PasswordReset, UserError::BadResetToken).await?;
        if user.status == UserStatus::Inactive {
            return Err(UserError::BadResetToken.into());
        }
        work.name_actor(user.id, None);
        let ended = replace_password(work, &user, &self.new).await?;
        if !user.email_verified || user.status == UserStatus::Pending {
            prove_mailbox(work, &mut user).await?;
        }
        work.audit(AuditEvent::new(Action::AccountResetPassword, user.id).after("sessions_ended", &ended));
        Ok(())
    }
}
