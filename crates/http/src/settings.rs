//! How the service is reached, and its limits.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use crate::extract::ForwardedHeader;
use crate::socket::SocketSettings;

/// Settings of the HTTP side. The defaults are the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpSettings {
    /// Where users reach the service, with the prefix that a proxy strips, if there is one. With
    /// `https://` browsers are told to stay there.
    pub public_url: String,
    /// The origins whose pages may call the API, to the letter. None by default.
    pub cors_origins: Vec<String>,
    /// Request headers that those pages may send, beside the usual ones. None by default.
    pub cors_headers: Vec<String>,
    /// Proxies that are believed when they tell where a request comes from. None by default.
    pub trusted_proxies: Vec<Network>,
    /// The header by which they tell it.
    pub forwarded_header: ForwardedHeader,
    /// An answer that takes longer is 503.
    pub request_timeout: Duration,
    /// A request whose head takes longer to arrive is 408.
    pub header_timeout: Duration,
    /// An idle connection is closed after so long.
    pub keep_alive: Duration,
    /// How many bytes a body may have.
    pub body_limit: usize,
    /// For so long `/readyz` answers 503 before the listener is closed, so that a
    /// balancer has time to look elsewhere.
    pub drain_delay: Duration,
    /// Time for requests in progress to end when the service stops.
    pub shutdown_timeout: Duration,
    /// Whether the line of each request is logged at the level `info` instead of `debug`.
    pub access_log: bool,
    /// How many sockets there may be.
    pub sockets: SocketSettings,
    /// Threads that answer requests.
    pub workers: NonZeroUsize,
}

impl HttpSettings {
    /// The most that a body may have, unless told otherwise.
    pub const BODY_LIMIT: usize = 64 * 1024;

    /// Whether users come by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }
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

/// An address or a block of addresses (RFC 4632, RFC 4291), written `10.0.0.1`
/// or `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    base: IpAddr,
    prefix: u32,
}

/// A text that is neither an address nor a block.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a block like 10.0.0.0/8")]
pub struct NetworkError(String);

impl Network {
    /// Whether `ip` is in it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let (base, base_width) = bits(self.base);
        let (ip, width) = bits(ip.to_canonical());
        let shift = width.saturating_sub(self.prefix);
        width == base_width && (base ^ ip).checked_shr(shift).unwrap_or(0) == 0
    }
}

/// How many bits stand before an IPv4 address that is mapped to IPv6 (RFC 4291, 2.5.5.2).
const MAPPED: u32 = 96;

/// The address as a number, and how many bits that has.
fn bits(ip: IpAddr) -> (u128, u32) {
    match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), 32),
        IpAddr::V6(ip) => (ip.to_bits(), 128),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let refused = || NetworkError(text.to_owned());
        let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, prefix)| (ip, Some(prefix)));
        let base = ip.trim().parse::<IpAddr>().map_err(|_| refused())?;
        let width = bits(base).1;
        let prefix = prefix.map_or(Ok(width), str::parse).map_err(|_| refused())?;
        // An IPv4 block mapped to IPv6 holds IPv4 addresses: `::ffff:10.0.0.0/104`.
        match (base.to_canonical(), prefix.checked_sub(MAPPED)) {
            _ if prefix > width => Err(refused()),
            (IpAddr::V4(mapped), Some(prefix)) if base.is_ipv6() => Ok(Self { base: mapped.into(), prefix }),
            _ => Ok(Self { base, prefix }),
        }
    }
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
    fn the_scheme_tells_whether_users_come_by_tls() {
        for (url, tls) in [("https://a.example", true), ("HTTPS://a", true), ("http://a", false), ("", false)]
        {
            assert_eq!(HttpSettings { public_url: url.to_owned(), ..Default::default() }.is_https(), tls);
        }
    }
}
