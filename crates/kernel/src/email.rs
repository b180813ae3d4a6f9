//! The canonical e-mail address.

use std::fmt;

use serde::{Deserialize, Serialize};
use validator::ValidateEmail;

use crate::text::{is_invisible, trimmed};

/// Maximum length of an address in SMTP, in characters (RFC 5321, section 4.5.3.1.3).
const MAX_LENGTH: usize = 254;

/// An e-mail address without surrounding white space and invisible characters, in lower case. Each
/// value has at most one account.
///
/// ASCII only, so that look-alike addresses with different letters cannot be confused (CVE-2019-19844).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// Why a text is not an e-mail address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EmailError {
    /// Nothing is left after trimming.
    #[error("an e-mail address is required")]
    Empty,
    /// More than 254 characters.
    #[error("an e-mail address has at most 254 characters")]
    TooLong,
    /// White space or an invisible character inside.
    #[error("an e-mail address holds no white space and no invisible characters")]
    Invisible,
    /// A character outside ASCII.
    #[error("only ASCII e-mail addresses are accepted")]
    NotAscii,
    /// Not of the form `local@domain`.
    #[error("this is not an e-mail address")]
    Malformed,
}

impl Email {
    /// Trims, lower-cases and validates `text`.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = trimmed(text);
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        if text.contains(is_invisible) {
            return Err(EmailError::Invisible);
        }
        if !text.is_ascii() {
            return Err(EmailError::NotAscii);
        }
        if !text.validate_email() || !is_plain(text) {
            return Err(EmailError::Malformed);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// Wraps a value from storage.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether the address avoids three forms that the grammar allows: characters that mail software
/// reads as lists, quotes or routes; domains without a dot, which are local names; and address literals
/// (`[127.0.0.1]`), which are not domains.
fn is_plain(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let forbidden = |c: char| c.is_ascii_control() || " ,;:<>()[]\\\"@%!".contains(c);
    let has_stray_dot = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
    let domain_is_plain = domain.contains('.') && !has_stray_dot(domain) && !domain.starts_with('[');
    !local.contains(forbidden) && !has_stray_dot(local) && domain_is_plain
}

/// For a field of a body: the text is parsed.
impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl fmt::Display for Email {
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
            |text: &str| Email::deserialize(IntoDeserializer::<Error>::into_deserializer(text.to_owned()));
        assert_eq!(read(" Ada@Example.com ").unwrap().as_str(), "ada@example.com");
        assert!(read("no address").is_err());
    }

    #[test]
    fn is_trimmed_and_lower_cased() {
        for text in [
            " A.B+c@Example.ORG ",
            "\r\na.b+c@example.org\r\n",
            "\u{a0}a.b+c@example.org\u{3000}",
            "\u{feff}\u{200b}a.b+c@example.org\u{200d}\u{2060}",
            "\u{202a}a.b+c@example.org\u{202c}\t",
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "a.b+c@example.org", "{text:?}");
        }
    }

    #[test]
    fn white_space_and_invisible_characters_inside_are_refused() {
        for text in [
            "a@x.com v@y.com",
            "a\r\nBcc: v@y.com@x.com",
            "\"a b\"@x.com",
            "a@x.com\n,",
            "a\u{a0}@x.com",
            "a@x\u{200b}.com",
            "a@x.c\u{ad}om",
            "a\u{2066}@x.com",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Invisible), "{text:?}");
        }
    }

    #[test]
    fn lists_quotes_and_control_characters_are_refused() {
        for text in [
            "a@x.com,v@y.com",
            "a@x.com;b@x.com",
            "a\0@x.com",
            "\"a\"@x.com",
            "<a@x.com>",
            "a@b@x.com",
            "a%v@x.com",
            "a@x.com\0",
            "a@x",
            "@x.com",
            "a@",
            "a..b@x.com",
            ".a@x.com",
            "a@.x.com",
            "plain",
            "a@x..com",
            "a@[127.0.0.1]",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
        }
        for text in ["", "  ", "\r\n", "\u{200b}\u{feff}"] {
            assert_eq!(Email::parse(text), Err(EmailError::Empty), "{text:?}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        // A dotless i, a Kelvin sign, a Cyrillic a.
        for text in
            ["mıke@example.org", "mi\u{212a}e@example.org", "\u{430}@example.org", "a@ex\u{430}mple.org"]
        {
            assert_eq!(Email::parse(text), Err(EmailError::NotAscii), "{text:?}");
        }
    }

    #[test]
    fn longest_is_accepted_and_longer_refused() {
        let of_length = |n: usize| {
            let label = "d".repeat(63);
            let head = format!("{}@", "l".repeat(60));
            let mut text = format!("{head}{label}.{label}.{label}.");
            let rest = n - text.len();
            text.push_str(&"c".repeat(rest));
            text
        };
        assert_eq!(of_length(254).len(), 254);
        Email::parse(&of_length(254)).unwrap();
        assert_eq!(Email::parse(&of_length(255)), Err(EmailError::TooLong));
    }
}
