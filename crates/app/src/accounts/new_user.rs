//! Preparation of a new account from its registration.

use bailiwick_kernel::{DisplayName, Email};
use bailiwick_users::{NewUser, Password};

use crate::{App, Error};

impl App {
    /// Hashes the password and returns the new account. Hashing is slow by design, so it happens
    /// outside any transaction.
    pub(crate) async fn new_user(
        &self,
        email: &Email,
        password: &Password,
        first_name: &DisplayName,
        last_name: &DisplayName,
    ) -> Result<NewUser, Error> {
        let password_hash = self.parts().hasher.hash(password).await?;
        Ok(NewUser {
            email: email.clone(),
            first_name: first_name.clone(),
            last_name: last_name.clone(),
            password_hash,
        })
    }
}
