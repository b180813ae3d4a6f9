//! Headers that differ from the one that this program writes.

use std::collections::BTreeMap;

use bailiwick_app::TokenFault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The header (RFC 7515, section 4.1). A duplicate key does not parse.
#[derive(Deserialize)]
struct Header {
    alg: Option<String>,
    typ: Option<String>,
    kid: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// Checks a header and returns the name of the key, if it has one. The algorithm is that of the
/// settings, no matter what the header says (RFC 8725, section 3.1).
///
/// Members other than `alg`, `typ` and `kid` are refused: some provide a key (`jwk`, `jku`, `x5c`,
/// `x5u`: RFC 8725, section 3.10), `crit` MUST be understood (RFC 7515, section 4.1.11), and only
/// this service signs its tokens.
pub(super) fn check(encoded: &str, algorithm: &str) -> Result<Option<String>, TokenFault> {
    let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenFault::Malformed)?;
    let header: Header = serde_json::from_slice(&json).map_err(|_| TokenFault::Malformed)?;
    if header.alg.as_deref() != Some(algorithm) {
        return Err(TokenFault::WrongAlgorithm);
    }
    // "JWT" in any case: RFC 7519, section 5.1.
    let typed = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    if typed && header.others.is_empty() { Ok(header.kid) } else { Err(TokenFault::Malformed) }
}
