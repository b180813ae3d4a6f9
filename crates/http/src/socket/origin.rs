//! Checks `Origin`, because browsers let the pages of every origin open a socket (RFC 6455, section 10.2).

use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use url::{Host, Url};

use crate::settings::HttpSettings;

/// Returns whether the request comes from a page whose origin may not open a socket. A request without
/// `Origin` is allowed, because it does not come from a browser.
pub(super) fn is_hostile(headers: &HeaderMap, settings: &HttpSettings) -> bool {
    let mut given = headers.get_all(ORIGIN);
    let Some(origin) = given.next() else { return false };
    let Ok(origin) = origin.to_str() else { return true };
    let known = settings.cors_origins.iter().any(|allowed| allowed == origin)
        || Url::parse(&settings.public_url).is_ok_and(|url| url.origin().ascii_serialization() == origin)
        || is_own_loopback(origin, headers);
    given.next().is_some() || !known
}

/// Returns whether the page was loaded from the host that the socket connects to, on this machine.
fn is_own_loopback(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let Some(authority) = authority.filter(|authority| Some(*authority) == host) else { return false };
    let host = Url::parse(&format!("http://{authority}/")).ok();
    match host.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

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
