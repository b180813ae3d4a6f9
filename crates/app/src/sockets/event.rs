//! Something that happened, to be told to those who may know it.

use std::fmt;

use bailiwick_kernel::{OrgId, Timestamp};
use bailiwick_rbac::Permission;
use serde_json::Value;

/// Longer names of channels are refused.
const LONGEST: usize = 128;

/// What is told to connections in one organization.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// Where it happened.
    pub org: OrgId,
    /// What it is called: the permission that is needed to learn of it.
    pub name: Permission,
    /// Only who subscribed to this channel is told; without one everybody.
    pub channel: Option<Channel>,
    /// What the publisher says about it.
    pub data: Value,
    /// When it was published.
    pub at: Timestamp,
}

/// The name of a channel: 1 to 128 bytes without control characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel(Box<str>);

/// A text that names no channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the name of a channel has 1 to 128 bytes and no control characters")]
pub struct ChannelError;

impl Channel {
    /// Reads a name; it is taken to the letter.
    pub fn parse(text: &str) -> Result<Self, ChannelError> {
        let good = (1..=LONGEST).contains(&text.len()) && !text.contains(char::is_control);
        if good { Ok(Self(text.into())) } else { Err(ChannelError) }
    }

    /// The name.
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
