//! Origins of the service itself.

use actix_web::http::header::{HOST, HeaderMap};
use url::{Host, Url};

/// The origin of the public URL, parsed once.
#[derive(Clone, Debug)]
pub(crate) struct OwnOrigin(Option<String>);

impl OwnOrigin {
    /// Returns the origin of a public URL.
    pub fn of(public_url: &str) -> Self {
        Self(Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization()))
    }

    /// Returns whether the origin is that of the public URL, or that of the host on this machine that the
    /// request was sent to.
    pub fn is(&self, origin: &str, headers: &HeaderMap) -> bool {
        self.0.as_deref() == Some(origin) || is_own_loopback(origin, headers)
    }
}

/// Returns whether the page was loaded from the host that the request was sent to, on this machine.
fn is_own_loopback(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let Some(authority) = authority.filter(|authority| Some(*authority) == host) else { return false };
    Url::parse(&format!("http://{authority}/")).is_ok_and(|url| is_loopback(&url))
}

/// Returns whether the host of the URL is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
