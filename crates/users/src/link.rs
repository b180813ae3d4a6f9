//! Mailed links that verify an address.

use bailiwick_kernel::{Email, Timestamp, TokenHash, TokenKind, UserId};

use crate::{User, UserStatus};

/// A link that was mailed for an account. It is kept until it expires, even after it was used or
/// replaced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailedLink {
    /// The kind of the link's secret.
    pub kind: TokenKind,
    /// The account.
    pub user: UserId,
    /// Hash of the secret in the link.
    pub hash: TokenHash,
    /// The recipient's address.
    pub address: Email,
    /// Expiry of the link and of this record.
    pub expires_at: Timestamp,
}

impl MailedLink {
    /// Returns whether the link's address is still the one to verify: for a change of address the proposed
    /// address of `user`, else the address of `user`.
    pub fn is_due(&self, user: &User) -> bool {
        match self.kind {
            TokenKind::EmailChange => user.pending_email.as_ref() == Some(&self.address),
            _ => user.email == self.address,
        }
    }

    /// Returns whether the link would change nothing, because `user` is active and has verified this
    /// address.
    pub fn is_done(&self, user: &User) -> bool {
        user.status == UserStatus::Active && user.email_verified && user.email == self.address
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::{DisplayName, IdSource};
    use uuid::Uuid;

    use super::*;
    use crate::{NewUser, PasswordHash};

    struct NoIds;
    impl IdSource for NoIds {
        fn uuid_v7(&self, _: Timestamp) -> Uuid {
            Uuid::nil()
        }
        fn fill(&self, _: &mut [u8]) {}
    }

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).unwrap()
    }

    fn ada() -> User {
        let name = DisplayName::parse("Ada").unwrap();
        let password_hash = PasswordHash::from_stored("x".to_owned());
        let new = NewUser { email: email("ada"), first_name: name.clone(), last_name: name, password_hash };
        User::sign_up(new, true, &NoIds, Timestamp::from_unix_seconds(0).unwrap())
    }

    fn link(kind: TokenKind, name: &str) -> MailedLink {
        MailedLink {
            kind,
            user: UserId::from_stored(Uuid::nil()),
            hash: TokenHash::from_stored(&[0; 32]).unwrap(),
            address: email(name),
            expires_at: Timestamp::from_unix_seconds(60).unwrap(),
        }
    }

    #[test]
    fn a_verification_link_is_for_the_address_of_the_account() {
        let (mut user, link) = (ada(), link(TokenKind::EmailVerification, "ada"));
        assert!(link.is_due(&user) && !link.is_done(&user));
        user.prove_mailbox();
        assert!(link.is_done(&user));
        user.deactivate();
        assert!(!link.is_done(&user));
        user.activate();
        user.email = email("new");
        assert!(!link.is_due(&user) && !link.is_done(&user));
    }

    #[test]
    fn a_confirmation_link_is_for_the_address_that_was_proposed() {
        let (mut user, link) = (ada(), link(TokenKind::EmailChange, "new"));
        user.prove_mailbox();
        assert!(!link.is_due(&user) && !link.is_done(&user));
        user.propose_email(email("new")).unwrap();
        assert!(link.is_due(&user) && !link.is_done(&user));
        user.confirm_email();
        assert!(!link.is_due(&user) && link.is_done(&user));
        user.propose_email(email("other")).unwrap();
        assert!(!link.is_due(&user) && link.is_done(&user));
    }
}
