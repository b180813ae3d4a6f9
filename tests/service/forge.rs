//! Tokens made by hand, to test how the service validates them.

use bailiwick_testkit::app::SECRET;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Returns `part` in base64url.
pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// Returns the header (0) or the payload (1) of `token`.
pub fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Returns a token of this header and payload, signed with HMAC-SHA256.
pub fn signed(header: &str, payload: &str, secret: &[u8]) -> String {
    let message = format!("{header}.{payload}");
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap().chain_update(&message);
    format!("{message}.{}", encoded(mac.finalize().into_bytes()))
}

/// Returns a token of these two texts, signed with the usual secret.
pub fn raw(header: &str, payload: &str) -> String {
    signed(&encoded(header), &encoded(payload), SECRET)
}

/// Returns a token with these claims, a plain header and the usual secret.
pub fn saying(claims: &Value) -> String {
    raw(&json!({ "alg": "HS256", "typ": "JWT" }).to_string(), &claims.to_string())
}

/// Signs tokens like the service, if it has the usual secret.
pub struct Forge {
    /// The claims of a valid token.
    pub claims: Value,
}

impl Forge {
    /// Takes the claims from a valid token.
    pub fn of(token: &str) -> Self {
        Self { claims: part(token, 1) }
    }

    /// Returns the claims with these changes.
    pub fn changed(&self, changes: &Value) -> Value {
        let mut claims = self.claims.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// Returns the claims without one of them.
    pub fn without(&self, name: &str) -> Value {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    /// Returns a token with this header and valid claims.
    pub fn headed(&self, header: &Value) -> String {
        raw(&header.to_string(), &self.claims.to_string())
    }
}
