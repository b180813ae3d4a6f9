//! Diagnosis of a token for operators. It never accepts a token.

use bailiwick_app::TokenFault;
use bailiwick_kernel::Timestamp;

use super::{JwtTokens, Parts};

impl JwtTokens {
    /// Returns whether the key that the token names made the signature, or any key if it names
    /// none. Other faults are ignored.
    pub fn signature_matches(&self, token: &str) -> bool {
        Parts::of(token).is_ok_and(|parts| {
            let named = self.check_header(parts.header).ok().flatten();
            self.keys.verify(named.as_deref(), parts.message, parts.signature)
        })
    }

    /// Returns the fault of the token apart from its signature.
    pub fn fault_beside_signature(&self, token: &str, now: Timestamp) -> Option<TokenFault> {
        let parts = match Parts::of(token) {
            Ok(parts) => parts,
            Err(fault) => return Some(fault),
        };
        let rest = self.check_header(parts.header).and_then(|_| self.check_claims(parts.payload, now));
        rest.err()
    }
}
