//! Public address of the service, and its limits.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::extract::ForwardedHeader;
use crate::own_origin::is_loopback;
use crate::socket::SocketSettings;

/// Settings of the HTTP side. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpSettings {
    /// Public URL, with the prefix that a proxy strips, if any. With `https://` browsers are told to use
    /// TLS only.
    pub public_url: String,
    /// Origins whose pages may call the API, compared exactly. None by default.
    pub cors_origins: Vec<String>,
    /// Request headers that those pages may send, beside the usual ones. None by default.
    pub cors_headers: Vec<String>,
    /// Proxies whose statement of the client address is trusted. None by default.
    pub trusted_proxies: Vec<Network>,
    /// Header in which proxies state the client address.
    pub forwarded_header: ForwardedHeader,
    /// Time limit of a response; after it the response is 503.
    pub request_timeout: Duration,
    /// Time limit for the head of a request; after it the response is 408.
    pub header_timeout: Duration,
    /// Time after which an idle connection is closed.
    pub keep_alive: Duration,
    /// Size limit of a body, in bytes.
    pub body_limit: usize,
    /// Time for which `/readyz` responds with 503 before the listener is closed, so that a load balancer
    /// can choose another node.
    pub drain_delay: Duration,
    /// Time for requests in progress to end when the service stops.
    pub shutdown_timeout: Duration,
    /// Whether the line of each request is logged at the level `info` instead of `debug`.
    pub access_log: bool,
    /// Limits of sockets.
    pub sockets: SocketSettings,
    /// Number of threads that handle requests.
    pub workers: NonZeroUsize,
}

impl HttpSettings {
    /// Default size limit of a body, in bytes.
    pub const BODY_LIMIT: usize = 64 * 1024;

    /// Returns whether users connect by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Returns how connections of browsers are protected, as the public URL says.
    pub fn protection(&self) -> Protection {
        match Url::parse(&self.public_url) {
            _ if self.is_https() => Protection::Tls,
            Ok(url) if is_loopback(&url) => Protection::Loopback,
            _ => Protection::Plain,
        }
    }
}

/// How connections of browsers are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// By TLS.
    Tls,
    /// Without TLS, on this machine.
    Loopback,
    /// Without TLS, over a network that others can read.
    Plain,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            cors_origins: Vec::new(),
            cors_headers: Vec::new(),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            request_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(75),
            body_limit: Self::BODY_LIMIT,
            drain_delay: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(15),
            access_log: false,
            sockets: SocketSettings::default(),
            workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// An address or a block of addresses (RFC 4632, RFC 4291), written `10.0.0.1` or `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network(IpNet);

/// The text is neither an address nor a block.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a block like 10.0.0.0/8")]
pub struct NetworkError(String);

impl Network {
    /// Returns whether the block contains `ip`.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

/// Number of bits before an IPv4 address that is mapped to IPv6 (RFC 4291, section 2.5.5.2).
const MAPPED: u8 = 96;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let address = || text.trim().parse::<IpAddr>().map(IpNet::from);
        let network = text.trim().parse::<IpNet>().or_else(|_| address());
        let network = network.map_err(|_| NetworkError(text.to_owned()))?;
        Ok(Self(unmapped(network).unwrap_or(network)))
    }
}

/// Returns the IPv4 block that an IPv6 block such as `::ffff:10.0.0.0/104` maps; `None` if it maps none.
fn unmapped(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(mapping) = network else { return None };
    let mapped = mapping.addr().to_ipv4_mapped()?;
    IpNet::new(mapped.into(), mapping.prefix_len().checked_sub(MAPPED)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_its_addresses_and_no_others() {
        for (network, ip, held) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "::ffff:10.1.1.1", true),
            ("::ffff:10.0.0.0/104", "11.1.1.1", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::ffff:10.0.0.1", "10.0.0.2", false),
            ("::ffff:0:0/96", "203.0.113.1", true),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(ip.parse().unwrap()), held, "{network} {ip}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0/8",
            "::/129",
            "::ffff:10.0.0.0/129",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_public_url_tells_who_can_read_along() {
        for (url, protection) in [
            ("https://id.example", Protection::Tls),
            ("http://127.0.0.1:8080", Protection::Loopback),
            ("http://[::1]/identity", Protection::Loopback),
            ("http://localhost:8080", Protection::Loopback),
            ("http://id.example", Protection::Plain),
            ("http://localhost.evil.example", Protection::Plain),
            ("", Protection::Plain),
        ] {
            let settings = HttpSettings { public_url: url.to_owned(), ..Default::default() };
            assert_eq!(settings.protection(), protection, "{url}");
        }
    }

    #[test]
    fn the_scheme_tells_whether_users_come_by_tls() {
        for (url, tls) in [("https://a.example", true), ("HTTPS://a", true), ("http://a", false), ("", false)]
        {
            assert_eq!(HttpSettings { public_url: url.to_owned(), ..Default::default() }.is_https(), tls);
        }
    }
}
