//! An administrator who cannot get in any more.

use async_trait::async_trait;
use bailiwick_kernel::{Email, PlainToken, TokenKind};
use bailiwick_users::UserError;

use crate::accounts::deactivate::{activate, lock_organizations_of};
use crate::accounts::secrets::issue;
use crate::audit::{Action, Note};
use crate::authority::Public;
use crate::ports::Tx;
use crate::{Command, Error, Work};

/// Makes an administrator of the platform of whoever has this address, with an
/// account that is switched on, and a token to choose a new password with. Not
/// reachable over the network: whoever can run commands on the machine is the root
/// of trust.
#[derive(Clone, Debug)]
pub struct RecoverAdmin {
    /// The address of the account.
    pub email: Email,
}

#[async_trait]
impl Command for RecoverAdmin {
    type Proof = Public;
    type Output = PlainToken;
    const ALTERS_AUTHORITY: bool = true;

    async fn hold(&self, tx: &mut dyn Tx, _: &Public) -> Result<(), Error> {
        match tx.users().find_by_email(&self.email).await? {
            Some(user) => lock_organizations_of(tx, user.id).await,
            None => Ok(()),
        }
    }

    /// [`UserError::NotFound`] when the address has no account.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<PlainToken, Error> {
        let user = work.tx.users().lock_by_email(&self.email).await?;
        let mut user = user.ok_or(UserError::NotFound)?;
        user.prove_mailbox();
        activate(work, &mut user).await?;
        work.tx.users().make_platform_admin(user.id).await?;
        work.note(Note::new(Action::AccountRecoverAdmin, user.id).after("email", &user.email));
        issue(work, TokenKind::PasswordReset, &user, work.settings.reset_ttl).await
    }
}
