//! Change of the caller's password.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, TokenKind};
use bailiwick_users::{Password, PasswordHash, SessionScope, UserError};

use crate::accounts::throttles::clear_failed_logins;
use crate::audit::{Action, AuditEvent};
use crate::authority::Authenticated;
use crate::{App, Command, Error, Work};

/// Kinds of secrets that are revoked with a password, because they could set one or move the
/// account. Recovery is not among them: the mailbox may be in the hands of a stranger, and the
/// decision of the operator takes precedence.
pub(super) const WAYS_TO_A_PASSWORD: &[TokenKind] = &[TokenKind::PasswordReset, TokenKind::EmailChange];

/// Changes the password of the caller.
#[derive(Clone, Debug)]
pub struct ChangePassword {
    /// The current password; `None` for a text that exceeds the maximum length.
    pub current: Option<Password>,
    /// The new password.
    pub new: Password,
}

impl App {
    /// Changes the password of the caller, ends all other sessions and revokes pending resets.
    /// [`UserError::BadCredentials`] if the current password is wrong.
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
            // The confirmed password was replaced in the meantime.
            return Err(UserError::BadCredentials.into());
        }
        let others = SessionScope::AllExcept(actor.session);
        let ended = work.tx.sessions().end(actor.user, others, work.now).await?;
        work.audit(
            AuditEvent::new(Action::AccountChangePassword, actor.user).after("sessions_ended", &ended),
        );
        work.tx.secrets().revoke(actor.user, WAYS_TO_A_PASSWORD).await?;
        let user = work.tx.users().find(actor.user, Lock::None).await?.ok_or(UserError::NotFound)?;
        clear_failed_logins(work, &user.email).await
    }
}
