//! The platform's administrators.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email};
use bailiwick_users::{NewUser, Password, PasswordHash, User};

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
    /// Family name.
    pub last_name: DisplayName,
}

impl App {
    /// Creates an administrator of the platform. Not reachable over the network:
    /// whoever can run commands on the machine is the root of trust.
    /// [`bailiwick_users::UserError::EmailTaken`] when the address has an account.
    pub async fn create_admin(&self, proof: &Public, request: &CreateAdmin) -> Result<User, Error> {
        let password_hash = self.parts().hasher.hash(&request.password).await?;
        self.run(proof, &RegisterAdmin { request: request.clone(), password_hash }).await
    }
}

struct RegisterAdmin {
    request: CreateAdmin,
    password_hash: PasswordHash,
}

#[async_trait]
impl Command for RegisterAdmin {
    type Proof = Public;
    type Output = User;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<User, Error> {
        let CreateAdmin { email, first_name, last_name, .. } = self.request.clone();
        let new = NewUser { email, first_name, last_name, password_hash: self.password_hash.clone() };
        let mut user = User::with_proven_mailbox(new, work.ids, work.now);
        work.tx.users().insert(&user).await?;
        work.tx.users().make_platform_admin(user.id).await?;
        user.platform_admin = true;
        Ok(user)
    }
}
