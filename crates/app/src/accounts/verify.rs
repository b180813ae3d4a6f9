//! Proving that a mailbox is one's own.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, PlainToken, TokenKind};
use bailiwick_users::{AccountKey, User, UserError, UserStatus};

use crate::authority::Public;
use crate::mail::{MailMessage, OutgoingMail};
use crate::throttle::{Limit, Whom};
use crate::{Command, Error, Work};

/// Puts a fresh verification link into the outbox; a former one stops working.
pub(crate) async fn send_verification<P>(work: &mut Work<'_, P>, user: &User) -> Result<(), Error> {
    let token = PlainToken::generate(TokenKind::EmailVerification, work.ids);
    let expires_at = work.now + work.settings.verification_ttl;
    work.tx.secrets().issue(token.kind(), user.id, &token.hash(), work.now, expires_at).await?;
    let message = MailMessage::VerifyEmail {
        token: (&token).into(),
        first_name: user.first_name.to_string(),
        expires_at,
    };
    let mail = OutgoingMail::new(user.email.clone(), message, work.ids, work.now);
    Ok(work.tx.outbox().enqueue(&mail, work.now).await?)
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

    /// [`UserError::BadVerificationToken`] whatever is wrong with the token.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let token = self.token.read(TokenKind::EmailVerification).ok_or(UserError::BadVerificationToken)?;
        let user = work.tx.secrets().consume(token.kind(), &token.hash(), work.now).await?;
        let user = user.ok_or(UserError::BadVerificationToken)?;
        let mut user = work.tx.users().find(user).await?.ok_or(UserError::BadVerificationToken)?;
        user.prove_mailbox();
        match work.tx.users().update_standing(&user).await {
            // A new sign-up took the address over at this moment.
            Err(UserError::NotFound) => Err(UserError::BadVerificationToken.into()),
            outcome => Ok(outcome.map(|()| user)?),
        }
    }
}

/// Sends the verification link again, if the address has an account that waits
/// for it. Nobody learns whether it has.
#[derive(Clone, Debug)]
pub struct ResendVerification {
    /// Where to.
    pub email: Email,
}

#[async_trait]
impl Command for ResendVerification {
    type Proof = Public;
    type Output = ();

    fn counts(&self, _: &Public) -> Vec<(Limit, Whom)> {
        let account = Whom::Account(AccountKey::from(&self.email));
        vec![(Limit::RESEND_OF_CLIENT, Whom::Client), (Limit::RESEND_OF_ACCOUNT, account)]
    }

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        match work.tx.users().lock_by_email(&self.email).await? {
            Some(user) if !user.email_verified && user.status != UserStatus::Inactive => {
                send_verification(work, &user).await
            }
            _ => Ok(()),
        }
    }
}
