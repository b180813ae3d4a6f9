//! Events for the connections of an organization.

use std::fmt;

use bailiwick_kernel::{OrgId, Timestamp};
use bailiwick_rbac::Permission;
use serde_json::Value;

/// Maximum length of a channel name in bytes.
const LONGEST: usize = 128;

/// An event for the connections of one organization.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// The organization.
    pub org: OrgId,
    /// Its name, which is also the permission required to receive it.
    pub name: Permission,
    /// The channel whose subscribers receive it; if `None`, all connections do.
    pub channel: Option<Channel>,
    /// The publisher's payload.
    pub data: Value,
    /// Time of publication.
    pub at: Timestamp,
}

/// The name of a channel: 1 to 128 bytes without control characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel(Box<str>);

/// A text that is not a valid channel name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the name of a channel has 1 to 128 bytes and no control characters")]
pub struct ChannelError;

impl Channel {
    /// Parses a name without altering it.
    pub fn parse(text: &str) -> Result<Self, ChannelError> {
        let good = (1..=LONGEST).contains(&text.len()) && !text.contains(char::is_control);
        if good { Ok(Self(text.into())) } else { Err(ChannelError) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_channels_are_short_and_printable() {
        let longest = "x".repeat(128);
        for name in ["a", "docs/1", "Straße 7", &longest] {
            assert_eq!(Channel::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "a\nb", "\0", "\u{7f}", &format!("{longest}x")] {
            assert_eq!(Channel::parse(name), Err(ChannelError), "{name:?}");
        }
    }
}
