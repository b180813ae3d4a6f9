//! The syntax check of permissions and patterns. Parsed values are not checked again.

use crate::PatternError;

/// Maximum number of characters in one half of a permission or pattern, including `*`.
///
/// INVARIANT: smaller than the 65 characters of the alphabet, so that no half can use them all. Exact
/// containment depends on it (see `glob.rs`).
pub const MAX_HALF: usize = 64;

/// Splits a text at its colon and validates both halves.
///
/// Accepts `*`; a caller that needs a literal checks for it afterwards.
pub(crate) fn split(text: &str) -> Result<(&str, &str), PatternError> {
    let (resource, action) = text.split_once(':').ok_or(PatternError::MissingColon)?;
    if action.contains(':') {
        return Err(PatternError::TooManyColons);
    }
    check_half(resource)?;
    check_half(action)?;
    Ok((resource, action))
}

fn check_half(half: &str) -> Result<(), PatternError> {
    if half.is_empty() {
        return Err(PatternError::EmptyHalf);
    }
    if let Some(bad) = half.chars().find(|&c| c != '*' && !is_in_alphabet(c)) {
        return Err(PatternError::BadCharacter(bad));
    }
    if half.len() > MAX_HALF {
        return Err(PatternError::TooLong);
    }
    Ok(())
}

/// Returns whether a character is in the alphabet of a literal half: 65 characters, case-sensitive.
const fn is_in_alphabet(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Returns whether a text is a literal permission. Usable at compile time.
///
/// Accepts the texts without `*` that [`split`] accepts. It exists because [`split`] cannot be `const`; a
/// test compares the two.
pub(crate) const fn is_literal_permission(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut colons = 0;
    let mut half = 0;
    while let [byte, tail @ ..] = rest {
        if *byte == b':' {
            if half == 0 {
                return false;
            }
            colons += 1;
            half = 0;
        } else if is_in_alphabet(*byte as char) {
            half += 1;
        } else {
            return false;
        }
        if colons > 1 || half > MAX_HALF {
            return false;
        }
        rest = tail;
    }
    colons == 1 && half > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_more_characters_than_the_longest_half() {
        let size = (0..=u8::MAX).filter(|&b| is_in_alphabet(char::from(b))).count();
        assert_eq!(size, 65);
        assert!(MAX_HALF < size);
    }

    #[test]
    fn faults_are_reported_in_the_documented_order() {
        assert_eq!(split(""), Err(PatternError::MissingColon));
        assert_eq!(split("k b"), Err(PatternError::MissingColon));
        assert_eq!(split("::"), Err(PatternError::TooManyColons));
        assert_eq!(split(":"), Err(PatternError::EmptyHalf));
        assert_eq!(split("k b:"), Err(PatternError::BadCharacter(' ')));
        assert_eq!(split(&format!("{}!:x", "a".repeat(64))), Err(PatternError::BadCharacter('!')));
        assert_eq!(split("kb:r*"), Ok(("kb", "r*")));
    }
}
