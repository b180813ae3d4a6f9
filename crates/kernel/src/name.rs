//! Names that people read: of persons, organisations and roles.

use std::fmt;

use serde::{Deserialize, Serialize};

const MAX_CHARACTERS: usize = 100;

/// A trimmed, single-line name of 1 to 100 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

/// Why a text is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("a name is required")]
    Empty,
    /// More than 100 characters.
    #[error("a name has at most 100 characters")]
    TooLong,
    /// A control character, a line break among them, or a mark that reorders text.
    #[error("a name holds no control characters")]
    ControlCharacter,
}

impl DisplayName {
    /// Trims and checks `text`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(NameError::TooLong);
        }
        if text.chars().any(is_unprintable) {
            return Err(NameError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps a value that came from storage, or one built from valid names.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line separators and bidirectional overrides, with which
/// one name can be made to read as another.
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_trimmed_and_kept_as_written() {
        assert_eq!(DisplayName::parse(" Zoë O'Neil ").unwrap().as_str(), "Zoë O'Neil");
    }

    #[test]
    fn longest_is_accepted_and_longer_refused() {
        DisplayName::parse(&"ß".repeat(100)).unwrap();
        assert_eq!(DisplayName::parse(&"ß".repeat(101)), Err(NameError::TooLong));
    }

    #[test]
    fn empty_and_unprintable_are_refused() {
        assert_eq!(DisplayName::parse(" \t "), Err(NameError::Empty));
        for text in ["a\nb", "a\0b", "a\u{202e}b", "a\u{2028}b"] {
            assert_eq!(DisplayName::parse(text), Err(NameError::ControlCharacter));
        }
    }
}
