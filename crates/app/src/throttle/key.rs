//! Key that a rate limit counts by.

use std::fmt;

use bailiwick_kernel::{OrgId, SessionId, UserId};
use bailiwick_users::{AccountKey, ClientKey};
use uuid::Uuid;

use crate::context::ClientInfo;
use crate::own_name::OwnName;

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
    /// Something of an embedding program.
    Own(OwnKey),
}

impl RateLimitKey {
    /// The key of something of an embedding program: 1 to 64 ASCII letters, digits, `_`, `.`, `:` and `-`;
    /// `None` for another text. An e-mail address must be no key; count by [`AccountKey::of`] instead.
    pub fn own(text: &str) -> Option<Self> {
        let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
        let name = OwnName::new(text).filter(|_| text.bytes().all(is_kept));
        name.map(|name| Self::Own(OwnKey::Text(OwnText(name))))
    }

    /// The key of something of an embedding program that has an id.
    pub const fn own_id(id: Uuid) -> Self {
        Self::Own(OwnKey::Id(id))
    }

    /// Returns the key for counting towards a limit, `own` for one of an embedding program. `None` if the
    /// client's address is unknown.
    pub(super) fn key_for(self, own: bool, client: &ClientInfo) -> Option<ThrottleKey> {
        let key = self.key(client)?;
        Some(if own { ThrottleKey(format!("own_limit:{key}")) } else { key })
    }

    fn key(self, client: &ClientInfo) -> Option<ThrottleKey> {
        Some(ThrottleKey(match self {
            Self::Client => format!("client:{}", ClientKey::of(client.ip?).as_str()),
            Self::Account(account) => format!("account:{account}"),
            Self::User(user) => format!("user:{user}"),
            Self::Org(org) => format!("org:{org}"),
            Self::Session(session) => format!("session:{session}"),
            Self::Own(OwnKey::Text(text)) => format!("own:{}", text.0.as_str()),
            Self::Own(OwnKey::Id(id)) => format!("own:{id}"),
        }))
    }
}

/// The key of something of an embedding program; see [`RateLimitKey::own`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnKey {
    /// A checked text.
    Text(OwnText),
    /// An id.
    Id(Uuid),
}

/// A text that [`RateLimitKey::own`] checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnText(OwnName);

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

    #[test]
    fn keys_of_an_embedding_program_collide_with_none_of_the_product() {
        let nobody = ClientInfo::default();
        let text = RateLimitKey::own("printer:7").unwrap();
        assert_eq!(text.key_for(false, &nobody), Some(ThrottleKey::from_text("own:printer:7")));
        assert_eq!(text.key_for(true, &nobody), Some(ThrottleKey::from_text("own_limit:own:printer:7")));
        let id = RateLimitKey::own_id(Uuid::nil());
        let expected = ThrottleKey::from_text("own:00000000-0000-0000-0000-000000000000");
        assert_eq!(id.key_for(false, &nobody), Some(expected));
        let user = UserId::from_stored(Uuid::nil());
        assert!(
            RateLimitKey::User(user).key_for(true, &nobody).unwrap().as_str().starts_with("own_limit:user:")
        );
        assert_eq!(RateLimitKey::Client.key_for(true, &nobody), None);
        for text in ["", "ada@example.com", "a b", "a\r\nb", "\u{f6}", &"x".repeat(65)] {
            assert_eq!(RateLimitKey::own(text), None, "{text}");
        }
    }
}
