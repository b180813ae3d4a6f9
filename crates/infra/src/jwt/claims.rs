//! The claims of a token, in JSON (RFC 7519, section 4.1).

use std::borrow::Cow;

use bailiwick_app::{AccessClaims, TokenFault};
use bailiwick_kernel::{SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use time::Duration;
use uuid::Uuid;

use super::TokenParties;

/// Tolerance for clocks that are ahead. Expiry has no tolerance.
const LEEWAY: Duration = Duration::seconds(30);

/// The claims of a new token.
#[derive(Serialize)]
pub(super) struct NewClaims<'a> {
    id: UserId,
    sub: UserId,
    sid: SessionId,
    jti: Uuid,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

impl<'a> NewClaims<'a> {
    pub(super) fn of(claims: &AccessClaims, parties: &'a TokenParties, jti: Uuid) -> Self {
        Self {
            id: claims.user,
            sub: claims.user,
            sid: claims.session,
            jti,
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
            iss: parties.issuer.as_deref(),
            aud: parties.audience.as_deref(),
        }
    }
}

/// The claims of a token with a valid signature. A claim of the wrong type makes the token invalid.
#[derive(Deserialize)]
pub(super) struct Claims<'a> {
    id: Option<UserId>,
    sub: Option<UserId>,
    sid: Option<SessionId>,
    iat: Option<i64>,
    nbf: Option<i64>,
    exp: Option<i64>,
    #[serde(borrow)]
    iss: Option<Cow<'a, str>>,
    #[serde(borrow)]
    aud: Option<Audience<'a>>,
}

/// A single audience or several (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience<'a> {
    #[serde(borrow)]
    One(Cow<'a, str>),
    #[serde(borrow)]
    Several(Vec<Cow<'a, str>>),
}

impl<'a> Claims<'a> {
    /// Parses the claims. They must be a JSON object (RFC 7519, section 7.2); serde would accept an
    /// array too.
    pub(super) fn parse(payload: &'a [u8]) -> Result<Self, TokenFault> {
        let object = payload.trim_ascii_start().starts_with(b"{");
        object.then(|| serde_json::from_slice(payload).ok()).flatten().ok_or(TokenFault::Malformed)
    }

    pub(super) fn check(&self, parties: &TokenParties, now: Timestamp) -> Result<AccessClaims, TokenFault> {
        let expires_at = moment(self.exp.ok_or(TokenFault::NoExpiry)?)?;
        let issued_at = moment(self.iat.ok_or(TokenFault::Malformed)?)?;
        let valid_from = self.nbf.map_or(Ok(issued_at), moment)?;
        let user = self.user()?;
        let session = self.sid.ok_or(TokenFault::Malformed)?;
        self.check_parties(parties)?;
        if issued_at.max(valid_from) > now + LEEWAY {
            return Err(TokenFault::NotYetValid);
        }
        if now >= expires_at {
            return Err(TokenFault::Expired(now - expires_at));
        }
        Ok(AccessClaims { user, session, issued_at, expires_at })
    }

    fn user(&self) -> Result<UserId, TokenFault> {
        match (self.id, self.sub) {
            (Some(id), Some(sub)) if id != sub => Err(TokenFault::TwoSubjects),
            (Some(user), _) | (None, Some(user)) => Ok(user),
            (None, None) => Err(TokenFault::Malformed),
        }
    }

    fn check_parties(&self, parties: &TokenParties) -> Result<(), TokenFault> {
        let issuer = parties.issuer.is_none() || self.iss.as_deref() == parties.issuer.as_deref();
        // A token with an audience MUST be refused by every other recipient.
        let audience = match (&self.aud, parties.audience.as_deref()) {
            (None, None) => true,
            (Some(named), Some(ours)) => named.includes(ours),
            _ => false,
        };
        if issuer && audience { Ok(()) } else { Err(TokenFault::WrongParty) }
    }
}

impl Audience<'_> {
    fn includes(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(several) => several.iter().any(|one| one == name),
        }
    }
}

fn moment(seconds: i64) -> Result<Timestamp, TokenFault> {
    Timestamp::from_unix_seconds(seconds).ok_or(TokenFault::Malformed)
}
