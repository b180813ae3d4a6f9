//! Accounts.

use bailiwick_kernel::{DisplayName, Email, IdSource, Language, Timestamp, UserId};
use serde::Serialize;

use crate::{Exemption, PasswordHash, UserError};

/// Whether an account may be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// The account may be used.
    Active,
    /// Deactivated by its owner or an administrator.
    Inactive,
    /// Signed up with verification required, and not verified yet.
    Pending,
}

impl UserStatus {
    /// Returns the stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }

    /// Parses the stored form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Pending].into_iter().find(|s| s.as_str() == text)
    }
}

/// An account of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// Canonical address; unique.
    pub email: Email,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name; empty if the person has one name only.
    pub last_name: DisplayName,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// The stored password hash.
    pub password_hash: PasswordHash,
    /// Whether the account administers the platform.
    pub platform_admin: bool,
    /// Time of sign-up.
    pub created_at: Timestamp,
    /// Time of the last recorded activity, if any.
    pub last_active: Option<Timestamp>,
    /// The proposed address, until it is confirmed.
    pub pending_email: Option<Email>,
    /// The latest exemption from the limits of failed logins; it may have ended.
    pub exemption: Option<Exemption>,
    /// The language of pages; `None` until the person chooses one.
    pub language: Option<Language>,
}

/// The values of a new account.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Canonical address.
    pub email: Email,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name; may be empty.
    pub last_name: DisplayName,
    /// The hashed password.
    pub password_hash: PasswordHash,
}

impl User {
    /// Creates an account with an unverified address. It can be used immediately unless
    /// `verification_required`.
    pub fn sign_up(new: NewUser, verification_required: bool, ids: &dyn IdSource, now: Timestamp) -> Self {
        let status = if verification_required { UserStatus::Pending } else { UserStatus::Active };
        Self::new(new, status, false, ids, now)
    }

    /// Creates an account with a verified address. The address was verified by an invitation that was
    /// mailed to it, or counts as verified because the operator creates the account.
    pub fn with_proven_mailbox(new: NewUser, ids: &dyn IdSource, now: Timestamp) -> Self {
        Self::new(new, UserStatus::Active, true, ids, now)
    }

    fn new(
        new: NewUser,
        status: UserStatus,
        email_verified: bool,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Self {
        Self {
            id: UserId::generate(ids, now),
            email: new.email,
            first_name: new.first_name,
            last_name: new.last_name,
            status,
            email_verified,
            password_hash: new.password_hash,
            platform_admin: false,
            created_at: now,
            last_active: None,
            pending_email: None,
            exemption: None,
            language: None,
        }
    }

    /// Returns first and last name, or the first alone.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim_end().to_owned()
    }

    /// Checks that this account may log in now; [`UserError::Deactivated`] or
    /// [`UserError::NotVerified`] otherwise. Call it only after the password was verified, because the
    /// error reveals the status of the account.
    pub fn may_log_in(&self, verification_required: bool) -> Result<(), UserError> {
        match self.status {
            UserStatus::Inactive => Err(UserError::Deactivated),
            UserStatus::Pending => Err(UserError::NotVerified),
            UserStatus::Active if verification_required && !self.email_verified => {
                Err(UserError::NotVerified)
            }
            UserStatus::Active => Ok(()),
        }
    }

    /// Records the address that the account is to move to. [`UserError::EmailUnchanged`] if it is the
    /// present one.
    pub fn propose_email(&mut self, email: Email) -> Result<(), UserError> {
        if email == self.email {
            return Err(UserError::EmailUnchanged);
        }
        self.pending_email = Some(email);
        Ok(())
    }

    /// Moves the account to the proposed address and marks it as verified. `false` if none was
    /// proposed.
    pub fn confirm_email(&mut self) -> bool {
        let Some(email) = self.pending_email.take() else {
            return false;
        };
        self.email = email;
        self.email_verified = true;
        true
    }

    /// Deactivates the account.
    pub fn deactivate(&mut self) {
        self.status = UserStatus::Inactive;
    }

    /// Reactivates a deactivated account. A pending one stays pending until its address is verified.
    pub fn activate(&mut self) {
        if self.status == UserStatus::Inactive {
            self.status = UserStatus::Active;
        }
    }

    /// Marks the address as verified and activates a pending account.
    pub fn prove_mailbox(&mut self) {
        self.email_verified = true;
        if self.status == UserStatus::Pending {
            self.status = UserStatus::Active;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoIds;
    impl IdSource for NoIds {
        fn uuid_v7(&self, _: Timestamp) -> uuid::Uuid {
            uuid::Uuid::nil()
        }
        fn fill(&self, _: &mut [u8]) {}
    }

    fn ada(verification_required: bool) -> User {
        let new = NewUser {
            email: Email::parse("ada@example.com").unwrap(),
            first_name: DisplayName::parse("Ada").unwrap(),
            last_name: DisplayName::parse("Lovelace").unwrap(),
            password_hash: PasswordHash::from_stored("x".to_owned()),
        };
        User::sign_up(new, verification_required, &NoIds, Timestamp::from_unix_seconds(0).unwrap())
    }

    #[test]
    fn a_single_name_is_the_full_name() {
        let mut user = ada(false);
        assert_eq!(user.full_name(), "Ada Lovelace");
        user.last_name = DisplayName::parse_optional("").unwrap();
        assert_eq!(user.full_name(), "Ada");
    }

    #[test]
    fn the_present_address_cannot_be_proposed() {
        let mut user = ada(false);
        let other = Email::parse("lovelace@example.com").unwrap();
        user.propose_email(other.clone()).unwrap();
        assert_eq!(user.propose_email(user.email.clone()), Err(UserError::EmailUnchanged));
        assert_eq!(user.pending_email, Some(other));
    }

    #[test]
    fn verifying_the_address_activates_a_pending_account() {
        let mut user = ada(true);
        assert_eq!(user.may_log_in(true), Err(UserError::NotVerified));
        user.prove_mailbox();
        assert_eq!(user.may_log_in(true), Ok(()));
    }

    #[test]
    fn an_unverified_account_may_log_in_unless_verification_is_required() {
        let user = ada(false);
        assert_eq!(user.may_log_in(false), Ok(()));
        assert_eq!(user.may_log_in(true), Err(UserError::NotVerified));
    }

    #[test]
    fn verifying_the_address_does_not_activate_a_deactivated_account() {
        let mut user = ada(false);
        user.status = UserStatus::Inactive;
        user.prove_mailbox();
        assert_eq!(user.may_log_in(false), Err(UserError::Deactivated));
    }
}
