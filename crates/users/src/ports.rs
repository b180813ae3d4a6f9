//! What accounts need from a store. Every method is part of the transaction
//! that handed out the repository; none commits.

use async_trait::async_trait;
use bailiwick_kernel::{
    DisplayName, Email, Page, PageRequest, SessionId, Timestamp, TokenHash, TokenKind, UserId,
};

use crate::{LockedRefresh, MailedLink, PasswordHash, RefreshGrant, Session, User, UserError};

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

    /// As [`Self::find`], and held as [`Self::lock_by_email`] does.
    async fn lock(&mut self, id: UserId) -> Result<Option<User>, UserError>;

    /// Adds an account. MUST answer [`UserError::EmailTaken`] when the address
    /// has one, also when two transactions add it at once.
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

    /// Notes that somebody was there at `now`; nothing happens if that is not later
    /// than what is known, or the account is gone.
    async fn touch(&mut self, id: UserId, now: Timestamp) -> Result<(), UserError>;

    /// Replaces the stored password, on condition that it is still `old`;
    /// `false` when somebody else was faster.
    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError>;

    /// Whether anybody administers the platform.
    async fn any_platform_admin(&mut self) -> Result<bool, UserError>;

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

    /// The sessions of an account that are alive at `now`, in ascending order of id.
    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError>;

    /// Ends a session of this account that is alive at `now`; `false` if there is
    /// none such. Its tokens are worth nothing from the commit on.
    async fn end(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<bool, UserError>;

    /// Ends all sessions of an account but `except`, and says how many were alive.
    async fn end_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<u64, UserError>;

    /// The session that a refresh token belongs to; `None` if the token is unknown.
    async fn find_by_refresh(&mut self, hash: &TokenHash) -> Result<Option<SessionId>, UserError>;

    /// A refresh token with its session, and the session held: any other call for a
    /// token of that session, and whoever ends it, MUST wait. What is answered is as
    /// it is once it is held. `None` if the token is unknown.
    async fn lock_by_refresh(&mut self, hash: &TokenHash) -> Result<Option<LockedRefresh>, UserError>;

    /// Marks a refresh token as used at `now`, on condition that it is not yet, adds
    /// the one that follows it, names it as its successor, and notes that the session was seen. `false`, and
    /// nothing is done, when it was used already.
    async fn rotate(
        &mut self,
        used: &TokenHash,
        next: &RefreshGrant,
        now: Timestamp,
    ) -> Result<bool, UserError>;
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

    /// The account of a secret that [`Self::consume`] would take; nothing is used up.
    async fn find(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

    /// Uses a secret up and names its user. `None` when it is unknown, used,
    /// of another kind, or not younger than its expiry at `now`. MUST be one
    /// conditional statement: of any number of calls at once, one gets the user.
    async fn consume(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

    /// Uses up the secret of `kind` that `user` has. `false` when there is none, or it
    /// has expired at `now`. MUST be one conditional statement, as [`Self::consume`].
    async fn consume_newest(
        &mut self,
        kind: TokenKind,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, UserError>;

    /// Records that a link was mailed. Its secret is stored by [`Self::issue`]; neither
    /// [`Self::consume`] nor [`Self::revoke`] removes the record.
    async fn record_link(&mut self, link: &MailedLink) -> Result<(), UserError>;

    /// The recorded link of `kind` with this hash; `None` when it is unknown or has
    /// expired at `now`. Whether its secret can still be used is not said.
    async fn find_link(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<MailedLink>, UserError>;

    /// Forgets the secrets of these kinds that `user` has.
    async fn revoke(&mut self, user: UserId, kinds: &[TokenKind]) -> Result<(), UserError>;

    /// Stores the secret that makes the first administrator; a former one is gone
    /// with it.
    async fn issue_setup(&mut self, hash: &TokenHash, expires_at: Timestamp) -> Result<(), UserError>;

    /// Whether [`Self::consume_setup`] would take this secret; nothing is used up.
    async fn is_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError>;

    /// Uses the setup secret up. `false` when it is unknown, used, or not younger
    /// than its expiry at `now`. MUST be one conditional statement.
    async fn consume_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError>;
}
