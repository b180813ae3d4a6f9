//! Administrators of the platform.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email};
use bailiwick_users::{NewUser, Password, User};

use crate::accounts::{clear_failed_logins, new_account};
use crate::audit::Action;
use crate::authority::Public;
use crate::{App, Command, Error, Work};

/// A new administrator of the platform.
#[derive(Clone, Debug)]
pub struct CreateAdmin {
    /// Canonical address; counts as verified.
    pub email: Email,
    /// The chosen password.
    pub password: Password,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name; may be empty.
    pub last_name: DisplayName,
}

impl App {
    /// Creates an administrator of the platform. Not reachable over the network, because shell
    /// access is the root of trust. [`bailiwick_users::UserError::EmailTaken`] if the address has
    /// an account.
    pub async fn create_admin(&self, proof: &Public, request: &CreateAdmin) -> Result<User, Error> {
        let CreateAdmin { email, password, first_name, last_name } = request;
        let new_user = self.new_user(email, password, first_name, last_name).await?;
        self.run(proof, &RegisterAdmin { new_user }).await
    }
}

struct RegisterAdmin {
    new_user: NewUser,
}

#[async_trait]
impl Command for RegisterAdmin {
    type Proof = Public;
    type Output = User;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let mut user = User::with_proven_mailbox(self.new_user.clone(), work.ids, work.now);
        user.platform_admin = true;
        work.tx.users().insert(&user).await?;
        clear_failed_logins(work, &user.email).await?;
        work.audit(new_account(Action::AccountCreateAdmin, &user));
        Ok(user)
    }
}
