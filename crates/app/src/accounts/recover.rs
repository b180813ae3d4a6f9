//! Recovery of an account by an operator, for a user who cannot log in any more.

use async_trait::async_trait;
use bailiwick_kernel::{ClaimedToken, Email, Lock, PlainToken, TokenKind, UserId};
use bailiwick_users::{PasswordHash, User, UserChanges, UserError, UserStatus};

use crate::accounts::deactivate::{activate, lock_organizations_of};
use crate::accounts::replace_password::replace_password;
use crate::accounts::secrets::{issue, redeem};
use crate::accounts::verify::prove_mailbox;
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::ports::Tx;
use crate::{Command, Error, Work};

/// Kinds of recovery tokens; a new one of either kind replaces both.
const KINDS: &[TokenKind] = &[TokenKind::Recovery, TokenKind::AdminRecovery];

/// Issues a token to choose a new password for an account, whatever its status. Nothing changes
/// before the token is used: the account may be in the hands of a stranger. Not reachable over the
/// network, because shell access is the root of trust.
#[derive(Clone, Debug)]
pub struct IssueRecovery {
    /// The address of the account.
    pub email: Email,
    /// Whether the use of the token makes the account a platform administrator.
    pub platform_admin: bool,
}

#[async_trait]
impl Command for IssueRecovery {
    type Proof = Public;
    type Output = PlainToken;

    /// [`UserError::NotFound`] if the address has no account.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<PlainToken, Error> {
        let user =
            work.tx.users().find_by_email(&self.email, Lock::Update).await?.ok_or(UserError::NotFound)?;
        work.tx.secrets().revoke(user.id, KINDS).await?;
        let event = AuditEvent::new(Action::AccountIssueRecovery, user.id).after("email", &user.email);
        work.audit(event.after("platform_admin", &self.platform_admin));
        let kind = if self.platform_admin { TokenKind::AdminRecovery } else { TokenKind::Recovery };
        issue(work, kind, &user, work.settings.reset_ttl).await
    }
}

/// The transaction that redeems a recovery token.
pub(super) struct Recover {
    pub token: ClaimedToken,
    /// Kind of the token: one of [`KINDS`].
    pub kind: TokenKind,
    /// The account of the token, as found before the transaction.
    pub owner: UserId,
    pub new: PasswordHash,
}

#[async_trait]
impl Command for Recover {
    type Proof = Public;
    type Output = ();
    const ALTERS_AUTHORITY: bool = true;

    /// Locks organizations before the account, because archived ones are restored.
    async fn lock(&self, tx: &mut dyn Tx, _: &Public) -> Result<(), Error> {
        lock_organizations_of(tx, self.owner).await
    }

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        let mut user = redeem(work, &self.token, self.kind, UserError::BadResetToken).await?;
        work.name_actor(user.id, None);
        let ended = replace_password(work, &user, &self.new).await?;
        work.audit(AuditEvent::new(Action::AccountRecover, user.id).after("sessions_ended", &ended));
        if !user.email_verified || user.status == UserStatus::Pending {
            prove_mailbox(work, &mut user).await?;
        }
        activate(work, &mut user).await?;
        if self.kind == TokenKind::AdminRecovery {
            make_platform_admin(work, &user).await?;
        }
        Ok(())
    }
}

async fn make_platform_admin(work: &mut Work<'_, Public>, user: &User) -> Result<(), Error> {
    if user.platform_admin {
        return Ok(());
    }
    work.audit(AuditEvent::new(Action::AccountRecoverAdmin, user.id).after("email", &user.email));
    Ok(work.tx.users().update(user.id, &UserChanges::to_platform_admin()).await?)
}
