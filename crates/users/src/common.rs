//! The list of common passwords.
//!
//! `data/common_passwords.txt` is made from the list that Django bundles (BSD-3-Clause): the 20,000 most
//! frequent passwords in published breaches. It holds those that satisfy the length rule, in lower case
//! and NFKC, sorted, one per line. To update the list, replace the file.

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
    fn every_listed_password_is_refused_as_common() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() > 5000, "{}", lines.len());
        assert!(lines.is_sorted_by(|one, next| one < next), "sorted, each once");
        for line in lines {
            assert_eq!(Password::parse(line), Err(PasswordError::Common), "{line}");
        }
    }

    #[test]
    fn a_common_password_is_found_in_any_case_and_width() {
        for text in ["password", "Password1", "PASSWORD123", "12345678", "qWeRtYuIoP", "\u{ff50}assword"] {
            assert_eq!(Password::parse(text), Err(PasswordError::Common), "{text}");
        }
    }

    #[test]
    fn other_passwords_are_accepted() {
        for text in
            ["securePassword123", "newSecurePassword123", "correct horse battery", " password", "password\n"]
        {
            Password::parse(text).unwrap();
        }
    }
}
