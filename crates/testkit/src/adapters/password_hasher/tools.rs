//! Passwords, for the cases of this suite.

use bailiwick_users::{Password, PasswordHash, Verdict};

use super::Fixture;

pub fn password(text: &str) -> Password {
    Password::claimed(text).expect("a password of at most 1,024 bytes")
}

impl dyn Fixture {
    /// Hashes a password.
    pub(super) async fn hash(&self, password: &Password) -> PasswordHash {
        self.hasher().hash(password).await.expect("a hash is computed")
    }

    /// Returns the verdict on a password.
    pub(super) async fn verdict(&self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        self.hasher().verify(password, stored).await.expect("the password is verified")
    }
}
