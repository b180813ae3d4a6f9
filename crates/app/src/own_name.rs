//! Names that an embedding program gives to things of its own.

use std::fmt;

/// Longest own name, in bytes.
pub const MAX_OWN_NAME: usize = 64;

/// Words that the product uses or reserves: no own name is one of them, or has it as its noun.
const RESERVED: [&str; 14] = [
    "account",
    "api_key",
    "invitation",
    "mail",
    "member",
    "organization",
    "permission",
    "platform",
    "role",
    "service_account",
    "session",
    "setup",
    "user",
    "webhook",
];

/// An ASCII text of 1 to [`MAX_OWN_NAME`] bytes. It is stored in place, so that whatever is named by it
/// is `Copy` and can be a constant, and names read from a database need no allocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct OwnName {
    bytes: [u8; MAX_OWN_NAME],
    length: usize,
}

impl OwnName {
    /// Copies a text; `None` if it is empty, too long or not ASCII.
    pub(crate) const fn new(text: &str) -> Option<Self> {
        let source = text.as_bytes();
        let mut bytes = [0; MAX_OWN_NAME];
        let Some((target, _)) = bytes.split_at_mut_checked(source.len()) else { return None };
        if source.is_empty() || !source.is_ascii() {
            return None;
        }
        target.copy_from_slice(source);
        Some(Self { bytes, length: source.len() })
    }

    /// The text.
    pub(crate) const fn as_str(&self) -> &str {
        let Some((text, _)) = self.bytes.split_at_checked(self.length) else { return "" };
        match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl fmt::Debug for OwnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Whether a text is a word: lower-case ASCII letters and `_`, at least one.
pub(crate) const fn is_word(text: &str) -> bool {
    matches!(count_words(text), Some(1))
}

/// Whether a text is `noun.verb`: two words.
pub(crate) const fn is_noun_and_verb(text: &str) -> bool {
    matches!(count_words(text), Some(2))
}

/// Returns the number of words that dots separate; `None` if a part is no word.
const fn count_words(text: &str) -> Option<usize> {
    let mut rest = text.as_bytes();
    let (mut words, mut letters) = (1, 0);
    while let [byte, tail @ ..] = rest {
        match *byte {
            b'a'..=b'z' | b'_' => letters += 1,
            b'.' if letters > 0 => (words, letters) = (words + 1, 0),
            _ => return None,
        }
        rest = tail;
    }
    if letters > 0 { Some(words) } else { None }
}

/// Whether a word, or the noun of `noun.verb`, is reserved.
pub(crate) const fn is_reserved(text: &str) -> bool {
    let mut rest: &[&str] = &RESERVED;
    while let [word, tail @ ..] = rest {
        if has_noun(text, word) {
            return true;
        }
        rest = tail;
    }
    false
}

const fn has_noun(text: &str, noun: &str) -> bool {
    let (mut text, mut noun) = (text.as_bytes(), noun.as_bytes());
    while let ([letter, rest @ ..], [expected, tail @ ..]) = (text, noun) {
        if *letter != *expected {
            return false;
        }
        (text, noun) = (rest, tail);
    }
    noun.is_empty() && matches!(text, [] | [b'.', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_64_ascii_characters() {
        for text in ["a".to_owned(), "invoice.refund".to_owned(), "x".repeat(MAX_OWN_NAME)] {
            assert_eq!(OwnName::new(&text).unwrap().as_str(), text);
        }
        for text in [String::new(), "x".repeat(MAX_OWN_NAME + 1), "r\u{f6}le".to_owned()] {
            assert_eq!(OwnName::new(&text), None, "{text}");
        }
    }

    #[test]
    fn words_are_separated_by_one_dot() {
        for word in ["a", "invoice", "credit_note", "_"] {
            assert!(is_word(word) && !is_noun_and_verb(word), "{word}");
            assert!(is_noun_and_verb(&format!("{word}.{word}")), "{word}");
        }
        for text in ["", ".", "a.", ".a", "a..b", "A", "a b", "a1", "a-b", "a*", "\u{e4}"] {
            assert!(!is_word(text) && !is_noun_and_verb(text), "{text}");
        }
        assert!(!is_noun_and_verb("a.b.c"));
    }

    #[test]
    fn a_reserved_word_is_recognized_as_a_whole() {
        for text in ["role", "role.burn", "service_account", "service_account.create", "setup.x"] {
            assert!(is_reserved(text), "{text}");
        }
        for text in ["rol", "roles", "role_x.burn", "invoice.role", "service.account", ""] {
            assert!(!is_reserved(text), "{text}");
        }
    }
}
