//! What accounts need from a store. Every method is part of the transaction
//! that handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email, Timestamp, TokenHash, TokenKind, UserId};

use crate::{PasswordHash, RefreshGrant, Session, User, UserError};

/// Accounts.
#[async_trait]
pub trait UserRepo: Send {
    /// The account with this id; `None` if there is none.
    async fn find(&mut self, id: UserId) -> Result<Option<User>, UserError>;

    /// The account with this canonical address; `None` if there is none.
    async fn find_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError>;

    /// As [`Self::find_by_email`], and held: nobody else MUST be able to change or
    /// delete the account before the transaction ends. What is answered is the
    /// account as it is once it is held.
    async fn lock_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError>;

    /// Adds an account. MUST answer [`UserError::EmailTaken`] when the address
    /// has one, also when two transactions add it at once.
    async fn insert(&mut self, user: &User) -> Result<(), UserError>;

    /// Changes the names. [`UserError::NotFound`] if the account is gone.
    async fn rename(&mut self, id: UserId, first: &DisplayName, last: &DisplayName) -> Result<(), UserError>;

    /// Stores `status` and `email_verified` of this account, and nothing else.
    /// [`UserError::NotFound`] if the account is gone.
    async fn update_standing(&mut self, user: &User) -> Result<(), UserError>;

    /// Replaces the stored password, on condition that it is still `old`;
    /// `false` when somebody else was faster.
    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError>;

    /// Marks the account as an administrator of the platform.
    /// [`UserError::NotFound`] if it is gone.
    async fn make_platform_admin(&mut self, id: UserId) -> Result<(), UserError>;

    /// Removes the account with its sessions, secrets and memberships; what it
    /// did for others stays. [`UserError::NotFound`] if it is gone.
    async fn delete(&mut self, id: UserId) -> Result<(), UserError>;
}

/// Sessions and their refresh tokens.
#[async_trait]
pub trait SessionRepo: Send {
    /// Records a login and its first refresh token.
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError>;
}

/// One-time secrets of accounts.
#[async_trait]
pub trait SecretRepo: Send {
    /// Stores a secret of `kind` for `user`. A former one of that kind is gone
    /// with it: only the newest works.
    async fn issue(
        &mut self,
        kind: TokenKind,
        user: UserId,
        hash: &TokenHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), UserError>;

    /// Uses a secret up and names its user. `None` when it is unknown, used,
    /// of another kind, or not younger than its expiry at `now`. MUST be one
    /// conditional statement: of any number of calls at once, one gets the user.
    async fn consume(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;
}
