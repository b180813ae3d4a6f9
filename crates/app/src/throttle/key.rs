//! Key that a rate limit counts by.

use std::fmt;

use bailiwick_kernel::{OrgId, SessionId, UserId};
use bailiwick_users::{AccountKey, ClientKey};

use crate::context::ClientInfo;

/// Key that a rate limit counts by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RateLimitKey {
    /// The client's address. Requests without a client address are not limited.
    Client,
    /// An account by its e-mail address, whether or not it exists.
    Account(AccountKey),
    /// An existing account by its id.
    User(UserId),
    /// An organization.
    Org(OrgId),
    /// A session.
    Session(SessionId),
}

impl RateLimitKey {
    pub(super) fn key(self, client: &ClientInfo) -> Option<ThrottleKey> {
        Some(ThrottleKey(match self {
            Self::Client => format!("client:{}", ClientKey::of(client.ip?).as_str()),
            Self::Account(account) => format!("account:{account}"),
            Self::User(user) => format!("user:{user}"),
            Self::Org(org) => format!("org:{org}"),
            Self::Session(session) => format!("session:{session}"),
        }))
    }
}

/// The text that adapters count by; it is short and contains no e-mail address.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// Wraps a text, for the tests of adapters.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ThrottleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_whom_and_no_address_of_mail() {
        let from = |ip: &str| ClientInfo { device: None, ip: Some(ip.parse().unwrap()) };
        let client = RateLimitKey::Client.key(&from("2001:db8::1"));
        assert_eq!(client, Some(ThrottleKey::from_text("client:2001:db8::/64")));
        assert_eq!(RateLimitKey::Client.key(&ClientInfo::default()), None);
        let account =
            RateLimitKey::Account(AccountKey::of("ada@example.com")).key(&ClientInfo::default()).unwrap();
        assert!(account.as_str().starts_with("account:b5fc85e5"), "{account}");
    }
}
