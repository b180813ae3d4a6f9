//! Grants of roles.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::glob::Glob;
use crate::{PatternError, Permission, syntax};

/// A granted permission: like [`Permission`], but `*` in either half matches any run of characters,
/// including an empty one, within that half. `*` alone means `*:*`.
///
/// Equality, order and hash use the text as written: `*` and `*:*` cover each other, yet are not equal.
/// The notation is that of the API with which this service is compatible. The matcher of that API let
/// parts of a pattern overlap or change places, and this one does not.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    // Byte position of the colon; `None` for the lone `*`.
    colon: Option<usize>,
    resource: Glob,
    action: Glob,
}

impl Pattern {
    /// Parses a grant: `kb:read`, `kb:*`, `*:read`, `kb:r*`, `*`.
    ///
    /// Each half has at most [`MAX_HALF`](crate::MAX_HALF) characters, including stars. Fails with any
    /// [`PatternError`] but [`PatternError::Wildcard`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let lone_star = text == "*";
        let (resource, action) = if lone_star { ("*", "*") } else { syntax::split(text)? };
        Ok(Self {
            text: text.into(),
            colon: (!lone_star).then_some(resource.len()),
            resource: Glob::compile(resource),
            action: Glob::compile(action),
        })
    }

    /// Returns whether this grant allows the required permission. Linear time, no allocation.
    pub fn matches(&self, required: &Permission) -> bool {
        self.resource.matches(required.resource()) && self.action.matches(required.action())
    }

    /// Returns whether this grant allows everything that `other` allows, so that its holder may grant
    /// `other`.
    ///
    /// Exact in both directions, in linear time: true if and only if every permission that
    /// `other` matches is matched by `self`. Reflexive and transitive.
    pub fn covers(&self, other: &Pattern) -> bool {
        // Each half of `other` matches at least one text. Therefore `other` is contained if and only if
        // each of its halves is.
        self.resource.matches(other.resource()) && self.action.matches(other.action())
    }

    /// Returns whether the pattern has no `*`, so that it grants exactly one permission.
    pub fn is_literal(&self) -> bool {
        self.resource.is_literal() && self.action.is_literal()
    }

    /// Returns the one permission that a literal pattern grants; `None` if the pattern has a `*`.
    pub fn to_permission(&self) -> Option<Permission> {
        Permission::parse(&self.text).ok()
    }

    /// Returns the half before the colon, as written; `*` for the lone `*`.
    pub fn resource(&self) -> &str {
        let half = self.colon.and_then(|colon| self.text.get(..colon));
        half.unwrap_or("*")
    }

    /// Returns the half after the colon, as written; `*` for the lone `*`.
    pub fn action(&self) -> &str {
        let half = self.colon.and_then(|colon| self.text.get(colon + 1..));
        half.unwrap_or("*")
    }

    /// Returns the whole text, as written: `*` stays `*`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether this grant matches the resource, whatever its action.
    pub(crate) fn reaches_resource_of(&self, required: &Permission) -> bool {
        self.resource.matches(required.resource())
    }

    /// Returns whether this grant matches the action, whatever its resource.
    pub(crate) fn reaches_action_of(&self, required: &Permission) -> bool {
        self.action.matches(required.action())
    }
}

impl From<Permission> for Pattern {
    /// Creates the literal grant of exactly this permission.
    fn from(literal: Permission) -> Self {
        Self {
            text: literal.as_str().into(),
            colon: Some(literal.resource().len()),
            resource: Glob::compile(literal.resource()),
            action: Glob::compile(literal.action()),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl AsRef<str> for Pattern {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
