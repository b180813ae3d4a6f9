//! Permissions that operations require.

use std::fmt;
use std::str::FromStr;

use crate::PatternError;
use crate::syntax;

/// An operation on one type of resource, written `resource:action`: a literal, without `*`.
///
/// Both halves consist of 1 to [`MAX_HALF`](crate::MAX_HALF) ASCII letters, digits, `_`, `.` and `-`.
/// Case-sensitive, not normalized. Order and hash are those of the text.
///
/// This is the `operation x object` pair of NIST RBAC (INCITS 359, Core RBAC, `PRMS`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    text: Box<str>,
    // Byte position of the colon. Determined by the text, so that derived equality and order are those
    // of the text.
    colon: usize,
}

impl Permission {
    /// Parses a literal permission, `kb:read`.
    ///
    /// Fails with [`PatternError::Wildcard`] for a `*`, and with another [`PatternError`] for any other
    /// fault.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text == "*" {
            return Err(PatternError::Wildcard);
        }
        let (resource, _) = syntax::split(text)?;
        if text.contains('*') {
            return Err(PatternError::Wildcard);
        }
        Ok(Self { colon: resource.len(), text: text.into() })
    }

    /// Returns whether [`parse`](Self::parse) would accept the text. Usable at compile time, so that a
    /// misspelled constant does not compile.
    ///
    /// ```
    /// use bailiwick_rbac::Permission;
    ///
    /// const READ: &str = "kb:read";
    /// const { assert!(Permission::is_valid(READ)) };
    /// ```
    pub const fn is_valid(text: &str) -> bool {
        syntax::is_literal_permission(text)
    }

    /// Returns the half before the colon: `kb` of `kb:read`.
    pub fn resource(&self) -> &str {
        self.text.get(..self.colon).unwrap_or_default()
    }

    /// Returns the half after the colon: `read` of `kb:read`.
    pub fn action(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }

    /// Returns the whole text, as parsed.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permission({})", self.text)
    }
}

impl FromStr for Permission {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl AsRef<str> for Permission {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
