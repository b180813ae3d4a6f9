//! The account and client that login attempts are counted by.

use core::net::{IpAddr, Ipv6Addr};
use std::fmt;

use bailiwick_kernel::{Email, trimmed};
use sha2::{Digest, Sha256};

/// Mask of the upper 64 bits of an IPv6 address, the network of one subscriber (RFC 6177).
const SUBSCRIBER: u128 = !(u64::MAX as u128);

/// Hash of an account's address, so that counters store no address in plain text. Every text has one,
/// whether or not the account exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey([u8; 32]);

impl AccountKey {
    /// Returns the key of the canonical form of this text, or of its lower case if it is not an
    /// address.
    pub fn of(text: &str) -> Self {
        match Email::parse(text) {
            Ok(email) => Self::from(&email),
            Err(_) => Self::hash(&trimmed(text).to_lowercase()),
        }
    }

    /// Wraps a value from storage; `None` unless it has 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes, for adapters.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn hash(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl From<&Email> for AccountKey {
    fn from(email: &Email) -> Self {
        Self::hash(email.as_str())
    }
}

/// Writes the hash in hexadecimal.
impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountKey(***)")
    }
}

/// Key of a client's address: a whole IPv4 address, or the first 64 bits of an IPv6 address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientKey(String);

impl ClientKey {
    /// Returns the key of this address. An IPv4-mapped IPv6 address counts as IPv4.
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("{}/64", Ipv6Addr::from_bits(ip.to_bits() & SUBSCRIBER)),
        })
    }

    /// Returns the key of all clients without a known address.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// Returns the text, for adapters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of login attempts. It includes the client, so that attempts from elsewhere do not lock the
/// account's owner out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pair {
    /// The account that the login names.
    pub account: AccountKey,
    /// The client that sent the login.
    pub client: ClientKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_has_one_key_however_it_is_written() {
        let ada = AccountKey::of("ada@example.com");
        for text in [" ADA@Example.com ", "ada@example.com\r\n", "\u{feff}ada@example.com\u{200b}"] {
            assert_eq!(AccountKey::of(text), ada, "{text:?}");
        }
        assert_eq!(AccountKey::from(&Email::parse("Ada@example.com").unwrap()), ada);
        assert_ne!(AccountKey::of("ada@example.org"), ada);
        assert_eq!(AccountKey::of("\u{a0}NoBody\u{200b} "), AccountKey::of("nobody"));
        assert_eq!(format!("{ada:?}"), "AccountKey(***)");
        // printf ada@example.com | sha256sum
        let hash = "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72";
        assert_eq!(ada.to_string(), hash);
        assert_eq!(AccountKey::from_stored(ada.as_bytes()), Some(ada));
        assert_eq!(AccountKey::from_stored(&[1]), None);
    }

    #[test]
    fn a_client_is_an_address_of_ipv4_or_a_network_of_ipv6() {
        let key = |ip: &str| ClientKey::of(ip.parse().unwrap()).as_str().to_owned();
        assert_eq!(key("192.0.2.7"), "192.0.2.7");
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(key("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff:ffff:ffff:ffff"), "2001:db8:1:2::/64");
        assert_ne!(key("2001:db8:1:3::1"), key("2001:db8:1:2::1"));
    }
}
