//! Tokens made by hand, for the cases of this suite.

use std::sync::Arc;

use bailiwick_app::{AccessClaims, AccessTokens, TokenFault};
use bailiwick_kernel::{SessionId, Timestamp, UserId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::Duration;

use super::{Fixture, Service};
use crate::ManualClock;

pub const USER: &str = "0198c5a0-7d3e-7000-8000-0000000000a1";
pub const OTHER: &str = "0198c5a0-7d3e-7000-8000-0000000000a2";
pub const SESSION: &str = "0198c5a0-7d3e-7000-8000-0000000000b1";

pub fn now() -> Timestamp {
    ManualClock::start()
}

pub fn seconds() -> i64 {
    now().unix_seconds()
}

/// Returns the claims of a token that is valid for a minute.
pub fn claims() -> AccessClaims {
    AccessClaims {
        user: UserId::parse(USER).unwrap(),
        session: SessionId::parse(SESSION).unwrap(),
        issued_at: now(),
        expires_at: now() + Duration::MINUTE,
    }
}

/// Returns valid claims in JSON, with changes; `null` removes a claim.
pub fn changed(changes: Value) -> Value {
    let mut all = json!({"id": USER, "sub": USER, "sid": SESSION, "iat": seconds(), "exp": seconds() + 60});
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(&name);
        } else {
            all[name] = value;
        }
    }
    all
}

pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

pub fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

/// Returns a part of a token.
pub fn part(token: &str, number: usize) -> &str {
    token.split('.').nth(number).expect("three parts")
}

/// A service whose key has this number.
pub fn of_key(key: u8) -> Service {
    Service { key, ..Service::default() }
}

impl dyn Fixture {
    /// Returns the tokens of a service with the key 1.
    pub(super) fn plain(&self) -> Arc<dyn AccessTokens> {
        self.tokens(&of_key(1))
    }

    /// Returns a header with the right algorithm and without the name of a key.
    pub(super) fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": self.algorithm()})
    }

    /// Returns a token of these parts, signed by the key of this number.
    pub(super) fn signed(&self, key: u8, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.signed_message(key, &format!("{}.{}", encoded(header), encoded(payload)))
    }

    pub(super) fn signed_message(&self, key: u8, message: &str) -> String {
        format!("{message}.{}", encoded(self.signature(key, message.as_bytes())))
    }

    /// Returns the verdict of [`Self::plain`] on these claims, which its key signed.
    pub(super) fn verdict(&self, claims: &Value) -> Result<AccessClaims, TokenFault> {
        let token = self.signed(1, self.header().to_string(), claims.to_string());
        self.plain().verify(&token, now())
    }

    /// Returns the verdict of [`Self::plain`] on a token with this header, which its key signed.
    pub(super) fn verdict_on_header(&self, header: &Value) -> Result<AccessClaims, TokenFault> {
        let token = self.signed(1, header.to_string(), changed(json!({})).to_string());
        self.plain().verify(&token, now())
    }
}
