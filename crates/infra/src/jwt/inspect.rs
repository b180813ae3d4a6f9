//! For people who look for what is wrong with a token. Nothing here accepts one.

use bailiwick_app::TokenFault;
use bailiwick_kernel::Timestamp;

use super::{JwtTokens, Parts};

impl JwtTokens {
    /// Whether the key that the token names made the signature, or one of all keys where
    /// it names none; whatever else is wrong.
    pub fn signature_matches(&self, token: &str) -> bool {
        Parts::of(token).is_ok_and(|parts| {
            let named = self.check_header(parts.header).ok().flatten();
            self.keys.verify(named.as_deref(), parts.message, parts.signature)
        })
    }

    /// What the token would be refused for if its signature were good.
    pub fn fault_beside_signature(&self, token: &str, now: Timestamp) -> Option<TokenFault> {
        let parts = match Parts::of(token) {
            Ok(parts) => parts,
            Err(fault) => return Some(fault),
        };
        let rest = self.check_header(parts.header).and_then(|_| self.check_claims(parts.payload, now));
        rest.err()
    }
}
