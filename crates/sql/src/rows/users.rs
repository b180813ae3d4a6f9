//! Rows of accounts, sessions and one-time secrets.

use bailiwick_kernel::{DisplayName, Email, Language, StoreError, TokenKind, folded};
use bailiwick_users::{Exemption, PageSession, PasswordHash, RefreshGrant, Session, User, UserStatus};
use diesel::prelude::{Insertable, Queryable, Selectable};

use crate::error::corrupt;
use crate::schema::{one_time_secrets, page_sessions, refresh_tokens, sessions, users};
use crate::types::{Key, SqlTimestamp, optional};

/// An account.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    id: Key,
    email: String,
    password_hash: String,
    first_name: String,
    last_name: String,
    status: String,
    email_verified: bool,
    platform_admin: bool,
    created_at: SqlTimestamp,
    last_active: Option<SqlTimestamp>,
    pending_email: Option<String>,
    throttle_bypass_from: Option<SqlTimestamp>,
    throttle_bypass_until: Option<SqlTimestamp>,
    language: Option<String>,
}

/// A new row, which also contains the folded name.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUserRow {
    #[diesel(embed)]
    user: UserRow,
    folded_name: String,
}

impl From<&User> for NewUserRow {
    fn from(user: &User) -> Self {
        Self { user: user.into(), folded_name: folded(&user.full_name()) }
    }
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.into(),
            email: user.email.as_str().to_owned(),
            password_hash: user.password_hash.as_str().to_owned(),
            first_name: user.first_name.as_str().to_owned(),
            last_name: user.last_name.as_str().to_owned(),
            status: user.status.as_str().to_owned(),
            email_verified: user.email_verified,
            platform_admin: user.platform_admin,
            created_at: user.created_at.into(),
            last_active: optional(user.last_active),
            pending_email: user.pending_email.as_ref().map(|email| email.as_str().to_owned()),
            throttle_bypass_from: optional(user.exemption.map(|exemption| exemption.from)),
            throttle_bypass_until: optional(user.exemption.map(|exemption| exemption.until)),
            language: user.language.as_ref().map(|language| language.as_str().to_owned()),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            email: Email::from_stored(row.email),
            first_name: DisplayName::from_stored(row.first_name),
            last_name: DisplayName::from_stored(row.last_name),
            status: user_status(&row.status)?,
            email_verified: row.email_verified,
            password_hash: PasswordHash::from_stored(row.password_hash),
            platform_admin: row.platform_admin,
            created_at: row.created_at.into(),
            last_active: optional(row.last_active),
            pending_email: row.pending_email.map(Email::from_stored),
            exemption: exemption(row.throttle_bypass_from, row.throttle_bypass_until),
            language: row.language.map(Language::from_stored),
        })
    }
}

fn exemption(from: Option<SqlTimestamp>, until: Option<SqlTimestamp>) -> Option<Exemption> {
    let (from, until) = from.zip(until)?;
    Some(Exemption { from: from.into(), until: until.into() })
}

/// Parses the stored status of an account.
pub fn user_status(text: &str) -> Result<UserStatus, StoreError> {
    UserStatus::parse(text).ok_or_else(|| corrupt("users.status"))
}

/// A session.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    id: Key,
    user_id: Key,
    device: Option<String>,
    ip: Option<String>,
    created_at: SqlTimestamp,
    last_seen_at: SqlTimestamp,
    expires_at: SqlTimestamp,
    ended_at: Option<SqlTimestamp>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.into(),
            user_id: session.user_id.into(),
            device: session.device.clone(),
            ip: session.ip.clone(),
            created_at: session.created_at.into(),
            last_seen_at: session.last_seen_at.into(),
            expires_at: session.expires_at.into(),
            ended_at: optional(session.ended_at),
        }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            device: row.device,
            ip: row.ip,
            created_at: row.created_at.into(),
            last_seen_at: row.last_seen_at.into(),
            expires_at: row.expires_at.into(),
            ended_at: optional(row.ended_at),
        }
    }
}

/// A new refresh token.
#[derive(Insertable)]
#[diesel(table_name = refresh_tokens)]
pub struct RefreshRow<'a> {
    hash: &'a [u8],
    session_id: Key,
    issued_at: SqlTimestamp,
    expires_at: SqlTimestamp,
}

impl<'a> From<&'a RefreshGrant> for RefreshRow<'a> {
    fn from(grant: &'a RefreshGrant) -> Self {
        Self {
            hash: grant.hash.as_bytes(),
            session_id: grant.session_id.into(),
            issued_at: grant.issued_at.into(),
            expires_at: grant.expires_at.into(),
        }
    }
}

/// A new session of the pages.
#[derive(Insertable)]
#[diesel(table_name = page_sessions)]
pub struct PageRow<'a> {
    session_id: Key,
    cookie_hash: &'a [u8],
    idle_expires_at: SqlTimestamp,
    authenticated_at: SqlTimestamp,
}

impl<'a> From<&'a PageSession> for PageRow<'a> {
    fn from(page: &'a PageSession) -> Self {
        Self {
            session_id: page.session_id.into(),
            cookie_hash: page.cookie.as_bytes(),
            idle_expires_at: page.idle_expires_at.into(),
            authenticated_at: page.authenticated_at.into(),
        }
    }
}

/// A new one-time secret.
#[derive(Insertable)]
#[diesel(table_name = one_time_secrets)]
pub struct SecretRow<'a> {
    /// Hash of the secret.
    pub hash: &'a [u8],
    /// The account that it belongs to.
    pub user_id: Key,
    /// What it is for, by [`kind_name`].
    pub kind: &'static str,
    /// When it was created.
    pub created_at: SqlTimestamp,
    /// When it expires.
    pub expires_at: SqlTimestamp,
}

/// Returns the stored name of a kind of secret.
pub const fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Invitation => "invitation",
        TokenKind::EmailVerification => "email_verification",
        TokenKind::Refresh => "refresh",
        TokenKind::PageSession => "page_session",
        TokenKind::PasswordReset => "password_reset",
        TokenKind::Recovery => "recovery",
        TokenKind::AdminRecovery => "admin_recovery",
        TokenKind::EmailChange => "email_change",
        TokenKind::Setup => "setup",
        TokenKind::Ticket => "ticket",
    }
}
