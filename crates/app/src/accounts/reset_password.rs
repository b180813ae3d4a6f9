//! A forgotten password: a link by mail, and a new password by that link.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, TokenKind};
use bailiwick_users::{AccountKey, Password, PasswordHash, User, UserError, UserStatus};

use crate::accounts::change_password::WAYS_TO_A_PASSWORD;
use crate::accounts::secrets::{find, issue, redeem};
use crate::accounts::verify::prove_mailbox;
use crate::audit::{Action, Note};
use crate::authority::Public;
use crate::even::evenly;
use crate::mail::MailMessage;
use crate::throttle::{Limit, Whom};
use crate::{App, Command, Error, Query, Work};

/// Somebody says that a password is forgotten.
#[derive(Clone, Debug)]
pub struct ForgotPassword {
    /// The address of the account.
    pub email: Email,
}

impl App {
    /// Mails a link to an active account of that address. Nobody learns from the
    /// answer, nor from how long it takes, whether there is one.
    pub async fn forgot_password(&self, proof: &Public, request: &ForgotPassword) -> Result<(), Error> {
        evenly(self.parts().settings.answer_pace, self.run(proof, request)).await
    }

    /// Sets a new password by a mailed token, which proves the mailbox too: whatever
    /// was set up before by somebody without it ends. [`UserError::BadResetToken`].
    pub async fn reset_password(&self, proof: &Public, request: &ResetPassword) -> Result<(), Error> {
        self.limit(Limit::RESET, Whom::Client).await?;
        // No hash is spent on what is no token.
        self.ask(proof, &RequireResetToken { token: request.token.clone() }).await?;
        let new = self.parts().hasher.hash(&request.password).await?;
        self.run(proof, &SetPassword { token: request.token.clone(), new }).await
    }
}

#[async_trait]
impl Command for ForgotPassword {
    type Proof = Public;
    type Output = ();

    fn counts(&self, _: &Public) -> Vec<(Limit, Whom)> {
        let account = Whom::Account(AccountKey::from(&self.email));
        vec![(Limit::FORGOT_OF_CLIENT, Whom::Client), (Limit::FORGOT_OF_ACCOUNT, account)]
    }

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        match work.tx.users().lock_by_email(&self.email).await? {
            Some(user) if user.status == UserStatus::Active => send_reset(work, &user).await,
            _ => Ok(()),
        }
    }
}

async fn send_reset(work: &mut Work<'_, Public>, user: &User) -> Result<(), Error> {
    work.note(Note::new(Action::AccountRequestReset, user.id));
    let token = issue(work, TokenKind::PasswordReset, user, work.settings.reset_ttl).await?;
    let message = MailMessage::ResetPassword {
        token: (&token).into(),
        first_name: user.first_name.to_string(),
        expires_at: work.now + work.settings.reset_ttl,
    };
    work.send(user.email.clone(), message).await
}

/// A new password by a mailed token.
#[derive(Clone, Debug)]
pub struct ResetPassword {
    /// The token as the client sent it.
    pub token: ClaimedToken,
    /// The chosen password.
    pub password: Password,
}

struct RequireResetToken {
    token: ClaimedToken,
}

#[async_trait]
impl Query for RequireResetToken {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        find(work, &self.token, TokenKind::PasswordReset, UserError::BadResetToken).await.map(|_| ())
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
        if user.status != UserStatus::Active {
            return Err(UserError::BadResetToken.into());
        }
        work.tx.users().replace_password(user.id, &user.password_hash, &self.new).await?;
        work.name_actor(user.id, None);
        if !user.email_verified {
            prove_mailbox(work, &mut user).await?;
        }
        let ended = work.tx.sessions().end_all(user.id, None, work.now).await?;
        work.note(Note::new(Action::AccountResetPassword, user.id).after("sessions_ended", &ended));
        Ok(work.tx.secrets().revoke(user.id, WAYS_TO_A_PASSWORD).await?)
    }
}
