//! Checks `Origin`, because browsers let the pages of every origin open a socket (RFC 6455, section 10.2).

use actix_web::http::header::{HeaderMap, ORIGIN};

use crate::own_origin::OwnOrigin;
use crate::settings::HttpSettings;

/// Returns whether the request comes from a page whose origin may not open a socket. A request without
/// `Origin` is allowed, because it does not come from a browser.
pub(super) fn is_hostile(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    let mut given = headers.get_all(ORIGIN);
    let Some(origin) = given.next() else { return false };
    let Ok(origin) = origin.to_str() else { return true };
    let is_listed = settings.cors_origins.iter().any(|allowed| allowed == origin);
    let known = is_listed || OwnOrigin::of(&settings.public_url).is(origin, headers);
    given.next().is_some() || !known
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HOST, HeaderValue};

    use super::*;

    #[test]
    fn the_own_listed_and_loopback_origins_are_not_hostile() {
        let settings = HttpSettings {
            public_url: "https://id.example.com/base".to_owned(),
            cors_origins: vec!["https://app.example.com".to_owned()],
            ..HttpSettings::default()
        };
        for (origin, host, hostile) in [
            ("https://id.example.com", "id.example.com", false),
            ("https://app.example.com", "id.example.com", false),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", false),
            ("http://localhost:3000", "localhost:3000", false),
            ("http://[::1]:8080", "[::1]:8080", false),
            ("http://localhost", "localhost", false),
            ("http://id.example.com", "id.example.com", true),
            ("https://id.example.com:8443", "id.example.com", true),
            ("https://evil.example", "id.example.com", true),
            ("https://evil.example", "evil.example", true),
            ("http://localhost:3000", "127.0.0.1:3000", true),
            ("http://localhost:3000", "localhost:8080", true),
            ("http://localhost.evil.example", "localhost.evil.example", true),
            ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", true),
            ("null", "localhost", true),
            ("", "localhost", true),
            ("file://", "localhost", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            headers.insert(HOST, HeaderValue::from_static(host));
            assert_eq!(is_hostile(&headers, &settings), hostile, "{origin} at {host}");
        }
        assert!(!is_hostile(&HeaderMap::new(), &settings));
        let mut twice = HeaderMap::new();
        for origin in ["https://app.example.com", "https://id.example.com"] {
            twice.append(ORIGIN, HeaderValue::from_static(origin));
        }
        assert!(is_hostile(&twice, &settings));
    }
}
