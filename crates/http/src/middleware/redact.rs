//! Masks secrets in queries.

use url::form_urlencoded;

/// Parameters that contain secrets: the mailed token of a preview, and the credentials of a socket.
const SECRET: [&str; 2] = ["token", "ticket"];

/// Returns the query for a log: values of `token` and `ticket` are masked.
///
/// ```
/// use bailiwick_http::middleware::redact_query;
///
/// assert_eq!(redact_query("org_id=1&token=abc"), "org_id=1&token=***");
/// ```
pub fn redact_query(query: &str) -> String {
    let parts: Vec<_> =
        query.split('&').map(|part| if is_secret(part) { masked(part) } else { part.to_owned() }).collect();
    parts.join("&")
}

/// Returns whether the parameter contains a secret. Clients may percent-encode its name and write it in
/// any case.
fn is_secret(part: &str) -> bool {
    let mut pairs = form_urlencoded::parse(part.as_bytes());
    pairs.next().is_some_and(|(name, _)| SECRET.iter().any(|secret| name.trim().eq_ignore_ascii_case(secret)))
}

fn masked(part: &str) -> String {
    let name = part.split('=').next().unwrap_or_default();
    format!("{name}=***")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_however_they_are_named() {
        for (query, redacted) in [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("token=abc", "token=***"),
            ("a=1&ticket=x&token=y&token=z", "a=1&ticket=***&token=***&token=***"),
            ("TOKEN=abc", "TOKEN=***"),
            ("%74oken=abc", "%74oken=***"),
            ("token=a=b", "token=***"),
            ("token", "token=***"),
            ("tokens=1&mytoken=2", "tokens=1&mytoken=2"),
        ] {
            assert_eq!(redact_query(query), redacted);
        }
    }
}
