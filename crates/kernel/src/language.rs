//! The language that a person reads, as a language tag.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Length that every valid tag of a written language fits in (RFC 5646, section 4.4.1).
const MAX_LENGTH: usize = 35;
const MAX_SUBTAG: usize = 8;

/// A language tag such as `en`, `de-AT` or `zh-Hant` (BCP 47), in its recommended case. Its shape is
/// checked, not whether its parts are registered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(String);

/// Why a text is not a language tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LanguageError {
    /// More than 35 characters.
    #[error("a language tag has at most 35 characters")]
    TooLong,
    /// Not two to eight letters, followed by parts of letters and digits behind single hyphens.
    #[error("a language is a tag such as `en` or `de-AT`")]
    Malformed,
}

impl Language {
    /// Validates a tag and converts it to the recommended case (RFC 5646, section 2.1.1).
    pub fn parse(text: &str) -> Result<Self, LanguageError> {
        if text.len() > MAX_LENGTH {
            return Err(LanguageError::TooLong);
        }
        let is_part = |part: &str| {
            (1..=MAX_SUBTAG).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let primary = text.split('-').next().unwrap_or_default();
        let is_language = primary.len() >= 2 && primary.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_language || !text.split('-').all(is_part) {
            return Err(LanguageError::Malformed);
        }
        Ok(Self(in_recommended_case(text)))
    }

    /// Wraps a value from storage.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the language itself, without script, region and variants: `de` of `de-AT`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

/// Converts a script to title case and a region to upper case, unless they follow a singleton; all else
/// to lower case.
fn in_recommended_case(tag: &str) -> String {
    let mut cased: Vec<String> = Vec::new();
    for part in tag.split('-') {
        let is_plain = cased.last().is_none_or(|previous| previous.len() == 1);
        let mut part = part.to_ascii_lowercase();
        match part.len() {
            2 if !is_plain => part.make_ascii_uppercase(),
            4 if !is_plain => part.get_mut(..1).unwrap_or_default().make_ascii_uppercase(),
            _ => (),
        }
        cased.push(part);
    }
    cased.join("-")
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_converted_to_the_recommended_case() {
        let tags = [
            ("en", "en"),
            ("DE", "de"),
            ("de-at", "de-AT"),
            ("ZH-hANT-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("en-ca-x-CA", "en-CA-x-ca"),
            ("de-1996", "de-1996"),
        ];
        for (text, expected) in tags {
            let language = Language::parse(text).unwrap();
            assert_eq!(language.as_str(), expected, "{text}");
            assert_eq!(Language::parse(language.as_str()), Ok(language), "{text}");
        }
        assert_eq!(Language::parse("de-AT").unwrap().primary(), "de");
    }

    #[test]
    fn the_shape_and_the_length_are_checked() {
        for text in
            ["", "d", "de-", "-de", "de--at", "de_AT", " de", "de\n", "d3", "x-klingon", "déu", "abcdefghi"]
        {
            assert_eq!(Language::parse(text), Err(LanguageError::Malformed), "{text:?}");
        }
        let longest = ["abcdefgh"; 4].join("-");
        assert_eq!(longest.len(), 35);
        Language::parse(&longest).unwrap();
        assert_eq!(Language::parse(&format!("en-{longest}")), Err(LanguageError::TooLong));
    }
}
