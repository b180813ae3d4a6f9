//! Changing one's own password.

use async_trait::async_trait;
use bailiwick_kernel::TokenKind;
use bailiwick_users::{Password, PasswordHash, UserError};

use crate::accounts::throttles::clear_failed_logins;
use crate::audit::{Action, AuditEvent};
use crate::authority::Authenticated;
use crate::{App, Command, Error, Work};

/// What ends with a password: whatever else could set one or move the account. Not a recovery:
/// the mailbox may be in the hands of a stranger, and the operator's word counts for more.
pub(super) const WAYS_TO_A_PASSWORD: &[TokenKind] = &[TokenKind::PasswordReset, TokenKind::EmailChange];

/// The caller chooses a new password.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// The present one; `None` for a text too long to be one.
    pub current: Option<Password>,
    /// The chosen one.
    pub new: Password,
}

impl App {
    /// Changes the caller's password, and ends all other logins and pending resets.
    /// [`UserError::BadCredentials`] when the present one is wrong.
    pub async fn change_password(
        &self,
        proof: &Authenticated,
        request: &ChangePassword,
    ) -> Result<(), Error> {
        let seen = self.confirm_own_password(proof, request.current.as_ref()).await?.stored;
        let new = self.parts().hasher.hash(&request.new).await?;
        self.run(proof, &ReplacePassword { seen, new }).await
    }
}

struct ReplacePassword {
    seen: PasswordHash,
    new: PasswordHash,
}

#[async_trait]
impl Command for ReplacePassword {
    type Proof = Authenticated;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        let actor = work.proof.actor();
        if !work.tx.users().replace_password(actor.user, &self.seen, &self.new).await? {
            // What was shown to be known is the password no longer.
            return Err(UserError::BadCredentials.into());
        }
        let ended = work.tx.sessions().end_all(actor.user, Some(actor.session), work.now).await?;
        work.audit(
            AuditEvent::new(Action::AccountChangePassword, actor.user).after("sessions_ended", &ended),
        );
        work.tx.secrets().revoke(actor.user, WAYS_TO_A_PASSWORD).await?;
        let user = work.tx.users().find(actor.user).await?.ok_or(UserError::NotFound)?;
        clear_failed_logins(work, &user.email).await
    }
}
