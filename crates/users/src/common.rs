//! The list of common passwords.
//!
//! `data/common_passwords.txt` holds those of the 20,000 most frequent passwords in published breaches,
//! as bundled by Django (BSD-3-Clause), that satisfy the length rule; in lower case and NFKC, sorted,
//! one per line. To update it, replace the file.

use std::collections::HashSet;
use std::sync::LazyLock;

use zeroize::Zeroizing;

const LIST: &str = include_str!("../data/common_passwords.txt");

static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| LIST.lines().collect());

/// Returns whether a normalized password is on the list, ignoring case.
pub(crate) fn is_common(text: &str) -> bool {
    COMMON.contains(Zeroizing::new(text.to_lowercase()).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Password, PasswordError};

    #[test]
    fn every_line_is_one_that_could_be_chosen_and_is_refused() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() > 5000, "{}", lines.len());
        assert!(lines.is_sorted_by(|one, next| one < next), "sorted, each once");
        for line in lines {
            assert_eq!(Password::parse(line), Err(PasswordError::Common), "{line}");
        }
    }

    #[test]
    fn neither_case_nor_spelling_hides_one() {
        for text in ["password", "Password1", "PASSWORD123", "12345678", "qWeRtYuIoP", "\u{ff50}assword"] {
            assert_eq!(Password::parse(text), Err(PasswordError::Common), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_refused() {
        for text in
            ["securePassword123", "newSecurePassword123", "correct horse battery", " password", "password\n"]
        {
            Password::parse(text).unwrap();
        }
    }
}
