//! Display names of persons, organizations and roles.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::is_invisible;

const MAX_CHARACTERS: usize = 100;

/// A trimmed, single-line name of 1 to 100 characters. Empty only if the name is optional
/// ([`DisplayName::parse_optional`]).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct DisplayName(String);

/// Why a text is not a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// Nothing visible is left after trimming.
    #[error("a name is required")]
    Empty,
    /// More than 100 characters.
    #[error("a name has at most 100 characters")]
    TooLong,
    /// A control character (including a line break), or a mark that reorders text.
    #[error("a name holds no control characters")]
    ControlCharacter,
}

impl DisplayName {
    /// Trims and validates `text`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.chars().all(is_invisible) {
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

    /// As [`Self::parse`], for an optional name: a text without visible characters is the empty name.
    pub fn parse_optional(text: &str) -> Result<Self, NameError> {
        match Self::parse(text) {
            Err(NameError::Empty) => Ok(Self(String::new())),
            outcome => outcome,
        }
    }

    /// Wraps a value from storage, or one built from valid names.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a character is a control character, a line separator or a bidirectional override, which
/// can make one name look like another.
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// For a field of a body: the text is parsed.
impl TryFrom<String> for DisplayName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;

    use super::*;

    #[test]
    fn a_value_in_a_body_is_parsed() {
        let read = |text: &str| {
            DisplayName::deserialize(IntoDeserializer::<Error>::into_deserializer(text.to_owned()))
        };
        assert_eq!(read(" Ada ").unwrap().as_str(), "Ada");
        assert!(read("").is_err());
    }

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
    fn empty_and_unprintable_names_are_refused_but_joiners_are_kept() {
        for text in ["", " \t ", "\u{200b}", "\u{2060} \u{feff}\u{200d}", "\u{3164}", "\u{e0041}", "\u{ad}"] {
            assert_eq!(DisplayName::parse(text), Err(NameError::Empty), "{text:?}");
        }
        for text in
            ["\u{1f469}\u{200d}\u{1f680}", "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}"]
        {
            assert_eq!(DisplayName::parse(text).unwrap().as_str(), text);
        }
        for text in ["a\nb", "a\0b", "a\u{202e}b", "a\u{2028}b"] {
            assert_eq!(DisplayName::parse(text), Err(NameError::ControlCharacter));
        }
    }

    #[test]
    fn an_optional_name_may_be_empty_but_follows_the_other_rules() {
        for text in ["", " \t\n", "\u{200b}", "\u{202e}"] {
            assert_eq!(DisplayName::parse_optional(text).unwrap().as_str(), "", "{text:?}");
        }
        assert_eq!(DisplayName::parse_optional(" Lovelace ").unwrap().as_str(), "Lovelace");
        assert_eq!(DisplayName::parse_optional("a\0b"), Err(NameError::ControlCharacter));
        assert_eq!(DisplayName::parse_optional(&"x".repeat(101)), Err(NameError::TooLong));
    }
}
