//! Login: opens a session, with an access token that names it and a refresh token.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Lock, PlainToken, SessionId, Timestamp, TokenKind, UserId};
use bailiwick_users::{
    OpenAttempt, Pair, Password, PasswordHash, RefreshGrant, Session, User, UserError, Verdict,
};
use time::Duration;

use crate::accounts::login_limits::{Admitted, succeed};
use crate::audit::{Action, AuditEvent};
use crate::authority::Public;
use crate::tokens::AccessClaims;
use crate::{App, Command, Error, Work};

const MAX_DEVICE_CHARACTERS: usize = 255;

/// Credentials of a login, as written: nothing is revealed about their form.
#[derive(Clone)]
pub struct LogIn {
    /// The address.
    pub email: String,
    /// The password; `None` for a text that exceeds the maximum length.
    pub password: Option<Password>,
}

/// The tokens of a successful login.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedIn {
    /// Bearer token for requests (RFC 6750).
    pub access_token: AccessToken,
    /// Lifetime of the access token.
    pub expires_in: Duration,
    /// Token that renews the session.
    pub refresh_token: PlainToken,
}

/// A signed access token, redacted in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// The token, for the response.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken(***)")
    }
}

impl App {
    /// Logs a user in. [`UserError::BadCredentials`] for an unknown address and a wrong password
    /// alike, in the same time; the status of the account ([`UserError::Deactivated`],
    /// [`UserError::NotVerified`]) only after the right password. [`Error::Throttled`] before any
    /// of it, for known and unknown addresses alike.
    pub async fn log_in(&self, proof: &Public, request: &LogIn) -> Result<LoggedIn, Error> {
        let mut user = self.find_account(proof, request).await?;
        let exemption = user.as_ref().and_then(|user| user.exemption);
        let pair = self.pair_of(&request.email);
        let Admitted { attempt, waited } = self.admit(proof, &pair, exemption).await?;
        if waited {
            user = self.find_account(proof, request).await?;
        }
        let outcome = self.try_twice(proof, request, user, &Counted { pair: pair.clone(), attempt }).await;
        self.record_outcome(proof, &pair, attempt, &outcome).await;
        Ok(self.logged_in(outcome?))
    }

    async fn try_twice(
        &self,
        proof: &Public,
        request: &LogIn,
        known: Option<User>,
        counted: &Counted,
    ) -> Result<Opened, Error> {
        if let Some(opened) = self.try_log_in(proof, request, known, counted).await? {
            return Ok(opened);
        }
        // The stored password changed during the comparison, perhaps only by a rehash, so one more
        // attempt is made.
        let known = self.find_account(proof, request).await?;
        Ok(self.try_log_in(proof, request, known, counted).await?.ok_or(UserError::BadCredentials)?)
    }

    async fn find_account(&self, proof: &Public, request: &LogIn) -> Result<Option<User>, Error> {
        self.query(proof, &FindAccount { email: request.email.clone() }).await
    }

    async fn try_log_in(
        &self,
        proof: &Public,
        request: &LogIn,
        known: Option<User>,
        counted: &Counted,
    ) -> Result<Option<Opened>, Error> {
        let rehashed = self.check_password(request, known.as_ref()).await?;
        let User { email, password_hash: seen, .. } = known.ok_or(UserError::BadCredentials)?;
        self.run(proof, &OpenSession { email, seen, rehashed, counted: counted.clone() }).await
    }

    pub(super) fn logged_in(&self, opened: Opened) -> LoggedIn {
        let expires_in = self.parts().settings.access_ttl;
        let now = opened.issued_at;
        let Session { id, user_id, .. } = opened.session;
        let claims = AccessClaims::new(user_id, id, now, Some(expires_in));
        let access_token = AccessToken(self.parts().tokens.sign(&claims));
        LoggedIn { access_token, expires_in, refresh_token: opened.refresh_token }
    }

    /// Returns `Ok` if the password is right, with a new hash if the stored one is outdated.
    async fn check_password(
        &self,
        request: &LogIn,
        known: Option<&User>,
    ) -> Result<Option<PasswordHash>, Error> {
        let hasher = &self.parts().hasher;
        // A password that exceeds the maximum length is not hashed. Its length alone decides, not
        // the account, so the response time reveals nothing.
        let password = request.password.as_ref().ok_or(UserError::BadCredentials)?;
        match hasher.verify(password, known.map(|user| &user.password_hash)).await? {
            Verdict::Match => Ok(None),
            Verdict::MatchOutdated => Ok(Some(hasher.hash(password).await?)),
            Verdict::NoMatch => Err(UserError::BadCredentials.into()),
        }
    }
}

/// Finds the account of an address.
struct FindAccount {
    email: String,
}

#[async_trait]
impl crate::Query for FindAccount {
    type Proof = Public;
    type Output = Option<User>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<User>, Error> {
        let Ok(email) = Email::parse(&self.email) else { return Ok(None) };
        Ok(work.tx.users().find_by_email(&email, Lock::None).await?)
    }
}

/// The transaction of a login. `None` if the stored password is no longer the one that was
/// compared.
struct OpenSession {
    email: Email,
    seen: PasswordHash,
    rehashed: Option<PasswordHash>,
    counted: Counted,
}

/// The counting of the attempt of a login.
#[derive(Clone)]
struct Counted {
    pair: Pair,
    attempt: Option<OpenAttempt>,
}

/// An open session with the token that renews it.
pub(super) struct Opened {
    pub session: Session,
    pub refresh_token: PlainToken,
    pub issued_at: Timestamp,
}

#[async_trait]
impl Command for OpenSession {
    type Proof = Public;
    type Output = Option<Opened>;

    /// Locks the account and reads it again, because it may have changed while the hash was
    /// computed, and must not change before the session is stored.
    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Opened>, Error> {
        let user = work.tx.users().find_by_email(&self.email, Lock::Update).await?;
        let Some(user) = user.filter(|user| user.password_hash == self.seen) else {
            return Ok(None);
        };
        user.may_log_in(work.settings.require_verified_email)?;
        if let Some(new) = &self.rehashed {
            work.tx.users().replace_password(user.id, &self.seen, new).await?;
        }
        succeed(work.tx, &self.counted.pair, self.counted.attempt, work.now).await?;
        let session = new_session(work, user.id);
        let refresh_token = PlainToken::generate(TokenKind::Refresh, work.ids);
        let grant = RefreshGrant {
            hash: refresh_token.hash(),
            session_id: session.id,
            issued_at: work.now,
            expires_at: work.now + work.settings.refresh_ttl,
        };
        work.tx.sessions().insert(&session, &grant).await?;
        work.name_actor(user.id, Some(session.id));
        work.audit(login(&session));
        Ok(Some(Opened { session, refresh_token, issued_at: work.now }))
    }
}

fn login(session: &Session) -> AuditEvent {
    AuditEvent::new(Action::SessionLogin, session.id)
        .after("device", &session.device)
        .after("ip", &session.ip)
}

fn new_session(work: &Work<'_, Public>, user_id: UserId) -> Session {
    let client = &work.context.client;
    Session {
        id: SessionId::generate(work.ids, work.now),
        user_id,
        device: client.device.as_ref().map(|text| text.chars().take(MAX_DEVICE_CHARACTERS).collect()),
        ip: client.ip.map(|ip| ip.to_string()),
        created_at: work.now,
        last_seen_at: work.now,
        expires_at: work.now + work.settings.session_ttl,
        ended_at: None,
    }
}
