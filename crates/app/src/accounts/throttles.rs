//! Relief for accounts whose logins are limited.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Lock, UserId};
use bailiwick_users::{AccountKey, Exemption, UserChanges, UserError};
use time::Duration;

use crate::audit::{Action, AuditEvent};
use crate::authority::PlatformAdmin;
use crate::{Command, Error, Work};

/// Clears the failed logins of an account, from all clients.
#[derive(Clone, Copy, Debug)]
pub struct UnlockUser {
    /// The account.
    pub user: UserId,
}

#[async_trait]
impl Command for UnlockUser {
    type Proof = PlatformAdmin;
    type Output = ();

    /// [`UserError::NotFound`].
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        let user = work.tx.users().find(self.user, Lock::None).await?.ok_or(UserError::NotFound)?;
        work.audit(AuditEvent::new(Action::AccountUnlock, user.id));
        clear_failed_logins(work, &user.email).await
    }
}

/// Clears the failed logins of an account from every client. They were guesses at a former
/// password, or at an account that did not exist, and must not delay the new password.
pub(crate) async fn clear_failed_logins<P>(work: &mut Work<'_, P>, email: &Email) -> Result<(), Error> {
    Ok(work.tx.attempts().clear(&AccountKey::from(email)).await?)
}

/// Exempts an account from the limits of logins for some time.
#[derive(Clone, Copy, Debug)]
pub struct ExemptUser {
    /// The account.
    pub user: UserId,
    /// Duration from now on.
    pub span: Duration,
}

#[async_trait]
impl Command for ExemptUser {
    type Proof = PlatformAdmin;
    type Output = ();

    /// [`UserError::NotFound`].
    async fn execute(&self, work: &mut Work<'_, PlatformAdmin>) -> Result<(), Error> {
        let exemption = Exemption { from: work.now, until: work.now + self.span };
        work.audit(AuditEvent::new(Action::AccountBypass, self.user).after("until", &exemption.until));
        let changes = UserChanges { exemption: Some(exemption), ..UserChanges::default() };
        Ok(work.tx.users().update(self.user, &changes).await?)
    }
}
