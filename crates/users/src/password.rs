//! Passwords: their rules, and the port that hashes them.

use std::fmt;

use async_trait::async_trait;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::common::is_common;

const MIN_CHARACTERS: usize = 8;
const MAX_CHARACTERS: usize = 256;
/// Maximum length in bytes; longer texts are refused before normalization, to bound its cost.
const MAX_BYTES: usize = 1024;

/// A password in plain text, normalized (NFKC, as NIST SP 800-63B section 5.1.1.2 requires). Hidden in
/// `Debug`, erased when dropped. Equality compares the normalized texts.
#[derive(Clone)]
pub struct Password {
    text: Zeroizing<String>,
    /// The text as typed, if it differs from the normalized one.
    typed: Option<Zeroizing<String>>,
}

/// Why a text is refused as a new password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 characters.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More than 256 characters.
    #[error("a password has at most 256 characters")]
    TooLong,
    /// The password is on the list of common ones.
    #[error("this password is on the list of the most common ones; choose another")]
    Common,
}

impl Password {
    /// Validates a new password: 8 to 256 characters, and not on the list of common ones. Any Unicode is
    /// allowed; letters, digits and signs are not required.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let text = normalize(text);
        match text.chars().count() {
            0..MIN_CHARACTERS => Err(PasswordError::TooShort),
            MIN_CHARACTERS..=MAX_CHARACTERS if is_common(&text) => Err(PasswordError::Common),
            MIN_CHARACTERS..=MAX_CHARACTERS => Ok(Self { text, typed: None }),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// Wraps a password that a caller presents. Accepts any length up to 1,024 bytes, because imported
    /// passwords follow other rules; `None` beyond.
    pub fn claimed(text: &str) -> Option<Self> {
        (text.len() <= MAX_BYTES).then(|| {
            let normal = normalize(text);
            let typed = (*normal != text).then(|| Zeroizing::new(text.to_owned()));
            Self { text: normal, typed }
        })
    }

    /// Returns the normalized text, for the hasher.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the text as typed if it differs from the normalized one, because another system may have
    /// hashed it without normalization.
    pub fn as_typed(&self) -> Option<&str> {
        self.typed.as_ref().map(|text| text.as_str())
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Password {}

fn normalize(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().collect())
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

/// A password hash in the PHC string format. Hidden in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a value from a hasher or from storage.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, for hashers and adapters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// The result of verifying a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The password matches.
    Match,
    /// The password matches, but its hash has outdated parameters.
    MatchOutdated,
    /// The password does not match, no hash was given, or the hash is corrupt.
    NoMatch,
}

/// Why a hash was not computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HashError {
    /// Too many hashes are waiting; try again later.
    #[error("too many passwords are being hashed")]
    Overloaded,
    /// The hasher is shut down or broken.
    #[error("the password hasher is gone")]
    Gone,
}

/// Hashes passwords, slowly by design, outside the threads that serve requests. Of many callers at once each
/// gets its own answer, or [`HashError::Overloaded`].
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Hashes a new password with the current parameters and a fresh salt. Every byte of the normalized
    /// password MUST count. The hash has at most 255 characters, and verifies on every node.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Verifies a password.
    ///
    /// - If `stored` is `None` (no such account), it MUST return `NoMatch`, and take the same time as a
    ///   comparison that fails.
    /// - If `stored` is corrupt, it MUST log this and return `NoMatch`, without a panic.
    /// - A hash from another system is also compared with the password as typed, by the rules of that
    ///   system; bcrypt, for example, reads only 72 bytes.
    /// - After `MatchOutdated` at a login, the caller MUST store a new hash of the whole password.
    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_and_longest_are_accepted_and_no_more() {
        assert_eq!(Password::parse(&"x".repeat(7)), Err(PasswordError::TooShort));
        Password::parse(&"~".repeat(8)).unwrap();
        Password::parse(&"\u{1f511}".repeat(256)).unwrap();
        assert_eq!(Password::parse(&"x".repeat(257)), Err(PasswordError::TooLong));
        assert_eq!(Password::parse(&"x".repeat(100_000)), Err(PasswordError::TooLong));
    }

    #[test]
    fn two_spellings_of_one_character_are_one_password() {
        let composed = Password::parse("p\u{e4}ssw\u{f6}rter").unwrap();
        let decomposed = Password::parse("pa\u{308}sswo\u{308}rter").unwrap();
        assert_eq!(composed, decomposed);
    }

    #[test]
    fn a_claimed_password_may_be_short_but_not_over_1024_bytes() {
        assert!(Password::claimed("x").is_some());
        assert!(Password::claimed(&"x".repeat(1025)).is_none());
        assert!(Password::claimed("password123").is_some(), "an imported password may be a common one");
    }

    #[test]
    fn the_typed_text_is_kept_if_normalization_changes_it() {
        let typed = |text: &str| Password::claimed(text).unwrap().as_typed().map(str::to_owned);
        assert_eq!(typed("p\u{e4}sswort").as_deref(), None);
        assert_eq!(typed("pa\u{308}sswort").as_deref(), Some("pa\u{308}sswort"));
        assert_eq!(Password::claimed("p\u{e4}sswort"), Password::claimed("pa\u{308}sswort"));
    }

    #[test]
    fn debug_shows_nothing() {
        let password = Password::parse("hunter2hunter2").unwrap();
        assert_eq!(format!("{password:?}"), "Password(***)");
        assert_eq!(format!("{:?}", Password::claimed("pa\u{308}sswort").unwrap()), "Password(***)");
    }
}
