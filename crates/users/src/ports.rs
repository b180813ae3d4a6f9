//! Store ports of accounts. Every method runs in the transaction that gave access to the repository;
//! none commits.

use async_trait::async_trait;
use bailiwick_kernel::{
    DisplayName, Email, Page, PageRequest, SessionId, Timestamp, TokenHash, TokenKind, UserId,
};

use crate::{LockedRefresh, MailedLink, PasswordHash, RefreshGrant, Session, User, UserError};

/// Repository of accounts.
#[async_trait]
pub trait UserRepo: Send {
    /// Returns the account with this id; `None` if there is none.
    async fn find(&mut self, id: UserId) -> Result<Option<User>, UserError>;

    /// Returns the account with this canonical address; `None` if there is none.
    async fn find_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError>;

    /// As [`Self::find_by_email`], with a lock: no other transaction MUST be able to change or delete
    /// the account before this one ends. Returns the account as read under the lock.
    async fn lock_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError>;

    /// As [`Self::find`], with the lock of [`Self::lock_by_email`].
    async fn lock(&mut self, id: UserId) -> Result<Option<User>, UserError>;

    /// Adds an account. MUST fail with [`UserError::EmailTaken`] if an account has the address,
    /// including when two transactions add it concurrently.
    async fn insert(&mut self, user: &User) -> Result<(), UserError>;

    /// Changes the names. [`UserError::NotFound`] if the account is gone.
    async fn rename(&mut self, id: UserId, first: &DisplayName, last: &DisplayName) -> Result<(), UserError>;

    /// Stores `status` and `email_verified` of this account, and nothing else.
    /// [`UserError::NotFound`] if the account is gone.
    async fn update_standing(&mut self, user: &User) -> Result<(), UserError>;

    /// Stores `email`, `pending_email` and `email_verified` of this account, and
    /// nothing else. [`UserError::EmailTaken`] when another account has the address,
    /// [`UserError::NotFound`] if the account is gone.
    async fn update_email(&mut self, user: &User) -> Result<(), UserError>;

    /// Records activity at `now`. Does nothing if the account is gone or later activity is recorded.
    async fn touch(&mut self, id: UserId, now: Timestamp) -> Result<(), UserError>;

    /// Replaces the stored password if it is still `old`; `false` if it was replaced concurrently.
    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError>;

    /// Returns whether the platform has an administrator.
    async fn any_platform_admin(&mut self) -> Result<bool, UserError>;

    /// Marks the account as an administrator of the platform.
    /// [`UserError::NotFound`] if it is gone.
    async fn make_platform_admin(&mut self, id: UserId) -> Result<(), UserError>;

    /// Removes the account with its sessions, secrets and memberships. The results of its actions for
    /// others stay. [`UserError::NotFound`] if it is gone.
    async fn delete(&mut self, id: UserId) -> Result<(), UserError>;
}

/// Repository of sessions and their refresh tokens.
#[async_trait]
pub trait SessionRepo: Send {
    /// Stores a session and its first refresh token.
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError>;

    /// Lists the sessions of an account that are valid at `now`, in ascending order of id.
    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError>;

    /// Ends a session of this account that is valid at `now`; `false` if there is none. Its tokens are
    /// invalid from the commit on.
    async fn end(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<bool, UserError>;

    /// Ends all sessions of an account but `except` and returns how many were valid.
    async fn end_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<u64, UserError>;

    /// Returns the session of a refresh token; `None` if the token is unknown.
    async fn find_by_refresh(&mut self, hash: &TokenHash) -> Result<Option<SessionId>, UserError>;

    /// Returns a refresh token with its session and locks the session: any other call for a token of
    /// that session, and any transaction that ends it, MUST wait. Both are as read under the lock.
    /// `None` if the token is unknown.
    async fn lock_by_refresh(&mut self, hash: &TokenHash) -> Result<Option<LockedRefresh>, UserError>;

    /// Marks a refresh token as used at `now` if it is unused, adds `next` as its successor, and
    /// records that the session was used. Returns `false` and does nothing if it was used already.
    async fn rotate(
        &mut self,
        used: &TokenHash,
        next: &RefreshGrant,
        now: Timestamp,
    ) -> Result<bool, UserError>;
}

/// Repository of one-time secrets of accounts.
#[async_trait]
pub trait SecretRepo: Send {
    /// Stores a secret of `kind` for `user` and deletes a former one of that kind, so that only the
    /// newest works.
    async fn issue(
        &mut self,
        kind: TokenKind,
        user: UserId,
        hash: &TokenHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), UserError>;

    /// Returns the account of a secret that [`Self::consume`] would accept, without using it up.
    async fn find(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

    /// Consumes a secret and returns its account. `None` if it is unknown, used, of another kind, or
    /// expired at `now`. MUST be one conditional statement: of any number of concurrent calls, one gets
    /// the account.
    async fn consume(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

    /// Consumes the secret of `kind` of `user`. `false` if there is none, or it has expired at `now`.
    /// MUST be one conditional statement, as [`Self::consume`].
    async fn consume_newest(
        &mut self,
        kind: TokenKind,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, UserError>;

    /// Records that a link was mailed. Its secret is stored by [`Self::issue`]; neither
    /// [`Self::consume`] nor [`Self::revoke`] removes the record.
    async fn record_link(&mut self, link: &MailedLink) -> Result<(), UserError>;

    /// Returns the recorded link of `kind` with this hash; `None` if it is unknown or has expired at
    /// `now`. Its secret may be used or revoked.
    async fn find_link(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<MailedLink>, UserError>;

    /// Deletes the secrets of these kinds of `user`.
    async fn revoke(&mut self, user: UserId, kinds: &[TokenKind]) -> Result<(), UserError>;

    /// Stores the secret that sets up the first administrator and deletes a former one.
    async fn issue_setup(&mut self, hash: &TokenHash, expires_at: Timestamp) -> Result<(), UserError>;

    /// Returns whether [`Self::consume_setup`] would accept this secret, without using it up.
    async fn is_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError>;

    /// Consumes the setup secret. `false` if it is unknown, used, or expired at `now`. MUST be one
    /// conditional statement.
    async fn consume_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError>;
}
