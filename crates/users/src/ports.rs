//! Store ports of accounts. Every method runs in the transaction that gave access to the repository;
//! none commits.

use async_trait::async_trait;
use bailiwick_kernel::{
    DisplayName, Email, Language, Lock, Page, PageRequest, SessionId, Timestamp, TokenHash, TokenKind, UserId,
};

use crate::{
    Exemption, MailedLink, PageRecord, PageSession, PasswordHash, RefreshGrant, RefreshRecord, Session, User,
    UserError, UserStatus,
};

/// Repository of accounts.
#[async_trait]
pub trait UserRepo: Send {
    /// Returns the account with this id; `None` if there is none.
    async fn find(&mut self, id: UserId, lock: Lock) -> Result<Option<User>, UserError>;

    /// Returns the account with this canonical address; `None` if there is none.
    async fn find_by_email(&mut self, email: &Email, lock: Lock) -> Result<Option<User>, UserError>;

    /// Adds an account. MUST fail with [`UserError::EmailTaken`] if an account has the address,
    /// including when two transactions add it concurrently.
    async fn insert(&mut self, user: &User) -> Result<(), UserError>;

    /// Stores these changes, and changes nothing else. [`UserError::EmailTaken`] if another account has
    /// the address, [`UserError::NotFound`] if the account is gone.
    async fn update(&mut self, id: UserId, changes: &UserChanges) -> Result<(), UserError>;

    /// Replaces the stored password if it is still `old`; `false` if it was replaced concurrently.
    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError>;

    /// Removes the account with its sessions, secrets and memberships. Data that the account created in
    /// organizations stays. [`UserError::NotFound`] if it is gone.
    async fn delete(&mut self, id: UserId) -> Result<(), UserError>;
}

/// Changes of an account. A field that is `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserChanges {
    /// First and last name.
    pub names: Option<(DisplayName, DisplayName)>,
    /// The status.
    pub status: Option<UserStatus>,
    /// The address, and the proposed address if there is one.
    pub emails: Option<(Email, Option<Email>)>,
    /// Whether the address is verified.
    pub email_verified: Option<bool>,
    /// Whether the account administers the platform.
    pub platform_admin: Option<bool>,
    /// The exemption from the limits of failed logins.
    pub exemption: Option<Exemption>,
    /// The language of pages.
    pub language: Option<Language>,
}

impl UserChanges {
    /// Returns the names of `user` as changes.
    pub fn names_of(user: &User) -> Self {
        Self { names: Some((user.first_name.clone(), user.last_name.clone())), ..Self::default() }
    }

    /// Returns the status of `user`, and whether the address is verified, as changes.
    pub fn status_of(user: &User) -> Self {
        Self { status: Some(user.status), email_verified: Some(user.email_verified), ..Self::default() }
    }

    /// Returns the addresses of `user`, and whether the address is verified, as changes.
    pub fn emails_of(user: &User) -> Self {
        Self {
            emails: Some((user.email.clone(), user.pending_email.clone())),
            email_verified: Some(user.email_verified),
            ..Self::default()
        }
    }

    /// Returns the change that makes an account an administrator of the platform.
    pub fn to_platform_admin() -> Self {
        Self { platform_admin: Some(true), ..Self::default() }
    }
}

/// Repository of sessions with their refresh tokens or cookies.
#[async_trait]
pub trait SessionRepo: Send {
    /// Stores a session and its first refresh token, and records activity of the account at
    /// `session.last_seen_at` unless later activity is recorded.
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError>;

    /// As [`Self::insert`], for a session of the pages, which has a cookie and no refresh token.
    async fn insert_page(&mut self, session: &Session, page: &PageSession) -> Result<(), UserError>;

    /// Lists the sessions of an account that are valid at `now`, in ascending order of id. A session
    /// of the pages is left out from its idle expiry on.
    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError>;

    /// Ends the sessions of an account that are in `scope` and valid at `now`, and returns their number.
    /// Their tokens are invalid from the commit on.
    async fn end(&mut self, user: UserId, scope: SessionScope, now: Timestamp) -> Result<u64, UserError>;

    /// Returns a refresh token with its session; `None` if the token is unknown. [`Lock::Update`] locks
    /// the session: any other call that locks it, for any of its tokens, and any transaction that ends
    /// it, MUST wait. Token and session are read after the lock is taken.
    async fn find_by_refresh(
        &mut self,
        hash: &TokenHash,
        lock: Lock,
    ) -> Result<Option<RefreshRecord>, UserError>;

    /// Marks a refresh token as used at `now` if it is unused, adds `next` as its successor, and
    /// records that the session was used. Returns `false` and does nothing if it was used already.
    async fn rotate(
        &mut self,
        used: &TokenHash,
        next: &RefreshGrant,
        now: Timestamp,
    ) -> Result<bool, UserError>;

    /// Returns the session of the pages whose cookie has this hash, also if it has expired or was ended;
    /// `None` if the cookie is unknown.
    async fn find_page(&mut self, cookie: &TokenHash) -> Result<Option<PageRecord>, UserError>;

    /// Moves the idle expiry of a session of the pages to `until`, never back, and changes nothing
    /// else. MUST invalidate no cache.
    async fn extend_page(&mut self, id: SessionId, until: Timestamp) -> Result<(), UserError>;

    /// Records that the password was given at `at` in a session of the pages, and changes nothing else.
    /// MUST invalidate no cache. `false` if the session is not one of the pages.
    async fn confirm_page(&mut self, id: SessionId, at: Timestamp) -> Result<bool, UserError>;
}

/// Sessions that [`SessionRepo::end`] ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionScope {
    /// This session.
    One(SessionId),
    /// All sessions of the account.
    All,
    /// All sessions of the account but this one.
    AllExcept(SessionId),
}

/// Repository of one-time secrets of accounts.
#[async_trait]
pub trait SecretRepo: Send {
    /// Stores a secret and deletes a former one of its kind and account, so that only the newest works.
    /// If it is mailed to prove an address, the link is recorded too; neither [`Self::consume`] nor
    /// [`Self::revoke`] removes the record.
    async fn issue(&mut self, secret: &NewSecret) -> Result<(), UserError>;

    /// Returns the account of a secret that [`Self::consume`] would accept, without using it up.
    async fn find(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

    /// Consumes a secret of `kind` and returns its account. `None` if it is unknown, used, of another
    /// kind, or expired at `now`. MUST be one conditional statement: of any number of concurrent calls,
    /// exactly one gets the account.
    async fn consume(
        &mut self,
        kind: TokenKind,
        secret: SecretRef,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError>;

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

/// A secret to be stored by [`SecretRepo::issue`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSecret {
    /// Its kind.
    pub kind: TokenKind,
    /// Its account.
    pub user: UserId,
    /// Hash of the token.
    pub hash: TokenHash,
    /// Time of issue.
    pub created_at: Timestamp,
    /// Expiry of the secret, and of the record of its link.
    pub expires_at: Timestamp,
    /// The address that the link proves; `None` if it proves none, in which case the link is not recorded.
    pub address: Option<Email>,
}

/// The secret that [`SecretRepo::consume`] consumes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretRef {
    /// The secret with this hash.
    Hash(TokenHash),
    /// The secret of this account, which has at most one secret of each kind.
    Of(UserId),
}
