//! The account.

use bailiwick_kernel::{DisplayName, Email, IdSource, Timestamp, UserId};
use serde::Serialize;

use crate::{PasswordHash, UserError};

/// Whether an account may be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// In use.
    Active,
    /// Switched off by its owner or an administrator.
    Inactive,
    /// Signed up where verification is required, and not verified yet.
    Pending,
}

impl UserStatus {
    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Pending].into_iter().find(|s| s.as_str() == text)
    }
}

/// A person with an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Canonical address; one account each.
    pub email: Email,
    /// Given name.
    pub first_name: DisplayName,
    /// Family name; empty for those who have one name only.
    pub last_name: DisplayName,
    /// Whether the account may be used.
    pub status: UserStatus,
    /// Whether the mailbox has been proven.
    pub email_verified: bool,
    /// The stored password; muted in `Debug`.
    pub password_hash: PasswordHash,
    /// Administers the platform as a whole.
    pub platform_admin: bool,
    /// Time of sign-up.
    pub created_at: Timestamp,
    /// Time of the last request, when one is known.
    pub last_active: Option<Timestamp>,
    /// The address that the account will move to once it is confirmed.
    pub pending_email: Option<Email>,
}

/// What a new account is made from.
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
    /// An account whose mailbox is still to be proven. It can be used at once
    /// unless `verification_required`.
    pub fn sign_up(new: NewUser, verification_required: bool, ids: &dyn IdSource, now: Timestamp) -> Self {
        let status = if verification_required { UserStatus::Pending } else { UserStatus::Active };
        Self::new(new, status, false, ids, now)
    }

    /// An account whose mailbox is proven: by an invitation that was mailed to
    /// it, or by the word of whoever holds the machine.
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
        }
    }

    /// First and last name, or the first alone.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim_end().to_owned()
    }

    /// Whether this account may log in now. Asked only after the password was
    /// right, so the answer tells a stranger nothing.
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

    /// Records the address that the account is to move to. [`UserError::EmailUnchanged`]
    /// for its present address.
    pub fn propose_email(&mut self, email: Email) -> Result<(), UserError> {
        if email == self.email {
            return Err(UserError::EmailUnchanged);
        }
        self.pending_email = Some(email);
        Ok(())
    }

    /// Moves the account to the address that was proposed, which is proven by that.
    /// `false` when none was.
    pub fn confirm_email(&mut self) -> bool {
        let Some(email) = self.pending_email.take() else {
            return false;
        };
        self.email = email;
        self.email_verified = true;
        true
    }

    /// Switches the account off.
    pub fn deactivate(&mut self) {
        self.status = UserStatus::Inactive;
    }

    /// Switches an account on again that was switched off; a pending one still
    /// waits for its mailbox to be proven.
    pub fn activate(&mut self) {
        if self.status == UserStatus::Inactive {
            self.status = UserStatus::Active;
        }
    }

    /// Marks the mailbox as proven; a pending account comes into use.
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
    fn an_account_moves_to_another_address_only() {
        let mut user = ada(false);
        let other = Email::parse("lovelace@example.com").unwrap();
        user.propose_email(other.clone()).unwrap();
        assert_eq!(user.propose_email(user.email.clone()), Err(UserError::EmailUnchanged));
        assert_eq!(user.pending_email, Some(other));
    }

    #[test]
    fn a_pending_account_comes_into_use_by_proving_its_mailbox() {
        let mut user = ada(true);
        assert_eq!(user.may_log_in(true), Err(UserError::NotVerified));
        user.prove_mailbox();
        assert_eq!(user.may_log_in(true), Ok(()));
    }

    #[test]
    fn an_unverified_account_waits_only_where_verification_is_required() {
        let user = ada(false);
        assert_eq!(user.may_log_in(false), Ok(()));
        assert_eq!(user.may_log_in(true), Err(UserError::NotVerified));
    }

    #[test]
    fn a_deactivated_account_stays_so_when_its_mailbox_is_proven() {
        let mut user = ada(false);
        user.status = UserStatus::Inactive;
        user.prove_mailbox();
        assert_eq!(user.may_log_in(false), Err(UserError::Deactivated));
    }
}
