//! The short name of an organization, for URLs.

use std::fmt;

use serde::{Deserialize, Serialize};

const MAX_LENGTH: usize = 63;

/// A text of 1 to 63 characters: lower-case ASCII letters, digits and single inner hyphens, the shape
/// of a DNS label (RFC 1123, section 2.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Slug(String);

/// Why a text is not a slug.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SlugError {
    /// The text is empty.
    #[error("a slug is required")]
    Empty,
    /// More than 63 characters.
    #[error("a slug has at most 63 characters")]
    TooLong,
    /// A character other than lower-case letters, digits and single inner hyphens.
    #[error("a slug holds lower-case letters, digits and single hyphens inside")]
    Malformed,
}

impl Slug {
    /// Validates a chosen slug without altering it.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() {
            return Err(SlugError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(SlugError::TooLong);
        }
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(SlugError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// Derives a slug from a name. `suffix` (letters and digits) is appended to make slugs of equal
    /// names differ.
    pub fn derive(name: &str, suffix: &str) -> Self {
        let mut words = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                words.push(c.to_ascii_lowercase());
            } else if !words.is_empty() && !words.ends_with('-') && c != '\'' {
                words.push('-');
            }
        }
        words.truncate(MAX_LENGTH - suffix.len() - 1);
        let words = words.trim_end_matches('-');
        if words.is_empty() { Self(format!("org-{suffix}")) } else { Self(format!("{words}-{suffix}")) }
    }

    /// Wraps a value from storage.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For a field of a body: the text is parsed.
impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::parse(&text)
    }
}

impl fmt::Display for Slug {
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
        let read =
            |text: &str| Slug::deserialize(IntoDeserializer::<Error>::into_deserializer(text.to_owned()));
        assert_eq!(read("acme").unwrap().as_str(), "acme");
        assert!(read("Acme").is_err());
    }

    #[test]
    fn chosen_slugs_are_checked_not_altered() {
        Slug::parse("acme-2").unwrap();
        Slug::parse(&"a".repeat(63)).unwrap();
        assert_eq!(Slug::parse(&"a".repeat(64)), Err(SlugError::TooLong));
        for text in ["Acme", "a--b", "-a", "a-", "a b", "ä", "a_b"] {
            assert_eq!(Slug::parse(text), Err(SlugError::Malformed), "{text}");
        }
    }

    #[test]
    fn derived_slugs_are_always_valid() {
        for name in ["Ada's organization", "  ", "日本", "--", &"x y".repeat(60), "A & B"] {
            Slug::parse(Slug::derive(name, "k3x9p2").as_str()).unwrap();
        }
        assert_eq!(Slug::derive("Ada's organization", "k3").as_str(), "adas-organization-k3");
    }
}
