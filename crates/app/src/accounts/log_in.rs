//! Login: opens a session, with an access token that names it and a refresh token. Signing in at the
//! pages shares the checks, in `sign_in.rs`.

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
        let opened = self.open(proof, request, OpenSession).await?;
        Ok(self.logged_in(opened))
    }

    /// Checks the credentials of a login against limits, account and password, and opens a session by
    /// the command that `opening` makes of the checked login.
    pub(super) async fn open<C>(
        &self,
        proof: &Public,
        request: &LogIn,
        opening: impl Fn(CheckedLogin) -> C + Send + Sync,
    ) -> Result<Opened, Error>
    where
        C: Command<Proof = Public, Output = Option<Opened>>,
    {
        let mut user = self.find_account(proof, request).await?;
        let exemption = user.as_ref().and_then(|user| user.exemption);
        let pair = self.pair_of(&request.email);
        let Admitted { attempt, waited } = self.admit(proof, &pair, exemption).await?;
        if waited {
            user = self.find_account(proof, request).await?;
        }
        let counted = Counted { pair: pair.clone(), attempt };
        let opening = |seen, rehashed| opening(CheckedLogin { seen, rehashed, counted: counted.clone() });
        let outcome = self.try_twice(proof, request, user, &opening).await;
        self.record_outcome(proof, &pair, attempt, &outcome).await;
        outcome
    }

    async fn try_twice<C>(
        &self,
        proof: &Public,
        request: &LogIn,
        known: Option<User>,
        opening: &(impl Fn(User, Option<PasswordHash>) -> C + Send + Sync),
    ) -> Result<Opened, Error>
    where
        C: Command<Proof = Public, Output = Option<Opened>>,
    {
        if let Some(opened) = self.try_open(proof, request, known, opening).await? {
            return Ok(opened);
        }
        // The stored password changed during the comparison, perhaps only by a rehash, so one more
        // attempt is made.
        let known = self.find_account(proof, request).await?;
        Ok(self.try_open(proof, request, known, opening).await?.ok_or(UserError::BadCredentials)?)
    }

    async fn find_account(&self, proof: &Public, request: &LogIn) -> Result<Option<User>, Error> {
        self.query(proof, &FindAccount { email: request.email.clone() }).await
    }

    async fn try_open<C>(
        &self,
        proof: &Public,
        request: &LogIn,
        known: Option<User>,
        opening: &(impl Fn(User, Option<PasswordHash>) -> C + Send + Sync),
    ) -> Result<Option<Opened>, Error>
    where
        C: Command<Proof = Public, Output = Option<Opened>>,
    {
        let rehashed = self.check_password(request, known.as_ref()).await?;
        let user = known.ok_or(UserError::BadCredentials)?;
        self.run(proof, &opening(user, rehashed)).await
    }

    pub(super) fn logged_in(&self, opened: Opened) -> LoggedIn {
        let expires_in = self.parts().settings.access_ttl;
        let now = opened.issued_at;
        let Session { id, user_id, .. } = opened.session;
        let claims = AccessClaims::new(user_id, id, now, Some(expires_in));
        let access_token = AccessToken(self.parts().tokens.sign(&claims));
        LoggedIn { access_token, expires_in, refresh_token: opened.secret }
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

/// A login whose password was right when it was compared.
#[derive(Clone)]
pub(super) struct CheckedLogin {
    /// The account as it was then.
    seen: User,
    rehashed: Option<PasswordHash>,
    counted: Counted,
}

/// The counting of the attempt of a login.
#[derive(Clone)]
struct Counted {
    pair: Pair,
    attempt: Option<OpenAttempt>,
}

impl CheckedLogin {
    /// The login of an account that its own password has just been stored for: nothing is counted.
    pub(super) fn of_new(user: &User, pair: Pair) -> Self {
        Self { seen: user.clone(), rehashed: None, counted: Counted { pair, attempt: None } }
    }

    /// Returns the new session, which the caller stores with its secret; `None` if the stored password
    /// is no longer the one that was compared.
    ///
    /// Locks the account and reads it again, because it may have changed while the hash was computed,
    /// and must not change before the session is stored.
    pub(super) async fn begin(&self, work: &mut Work<'_, Public>) -> Result<Option<Session>, Error> {
        let User { email, password_hash: seen, .. } = &self.seen;
        let user = work.tx.users().find_by_email(email, Lock::Update).await?;
        let Some(user) = user.filter(|user| user.password_hash == *seen) else {
            return Ok(None);
        };
        user.may_log_in(work.settings.require_verified_email)?;
        if let Some(new) = &self.rehashed {
            work.tx.users().replace_password(user.id, seen, new).await?;
        }
        succeed(work.tx, &self.counted.pair, self.counted.attempt, work.now).await?;
        let session = new_session(work, user.id);
        work.name_actor(user.id, Some(session.id));
        work.audit(login(&session));
        Ok(Some(session))
    }
}

/// The transaction of a login by the API.
struct OpenSession(CheckedLogin);

/// An open session with its secret: the token that renews it, or its cookie.
pub(super) struct Opened {
    pub session: Session,
    pub secret: PlainToken,
    pub issued_at: Timestamp,
}

#[async_trait]
impl Command for OpenSession {
    type Proof = Public;
    type Output = Option<Opened>;

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<Option<Opened>, Error> {
        let Some(session) = self.0.begin(work).await? else { return Ok(None) };
        let secret = PlainToken::generate(TokenKind::Refresh, work.ids);
        let grant = RefreshGrant {
            hash: secret.hash(),
            session_id: session.id,
            issued_at: work.now,
            expires_at: work.now + work.settings.refresh_ttl,
        };
        work.tx.sessions().insert(&session, &grant).await?;
        Ok(Some(Opened { session, secret, issued_at: work.now }))
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
