//! What a role grants.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::glob::Glob;
use crate::{PatternError, Permission, syntax};

/// A granted permission: as [`Permission`], but `*` in either half stands for any run of
/// characters, also an empty one, and never reaches across the colon. `*` alone means `*:*`.
///
/// The text is kept as written and is what equality, order and hash go by: `*` and `*:*` cover
/// each other, yet are not equal. The notation is the one the compatible API has always had; its
/// old matcher let parts of a pattern overlap and change places, and this one does not.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    // `None` for the lone `*`.
    colon: Option<usize>,
    resource: Glob,
    action: Glob,
}

impl Pattern {
    /// Reads a grant: `kb:read`, `kb:*`, `*:read`, `kb:r*`, `*`.
    ///
    /// Each half has at most [`MAX_HALF`](crate::MAX_HALF) characters, stars included. Any
    /// [`PatternError`] but [`PatternError::Wildcard`] is possible.
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

    /// Whether this grant allows the required permission. Linear time, no allocation.
    pub fn matches(&self, required: &Permission) -> bool {
        self.resource.matches(required.resource()) && self.action.matches(required.action())
    }

    /// Whether this grant allows everything that `other` allows: may its holder hand `other` on?
    ///
    /// Exact in both directions, in linear time: true if and only if every permission that
    /// `other` matches is matched by `self`. Reflexive and transitive.
    pub fn covers(&self, other: &Pattern) -> bool {
        // Both halves of `other` match something, so the product is contained iff each half is.
        self.resource.matches(other.resource()) && self.action.matches(other.action())
    }

    /// Whether there is no `*` in it, so that it grants one permission only.
    pub fn is_literal(&self) -> bool {
        self.resource.is_literal() && self.action.is_literal()
    }

    /// The one permission that a literal pattern grants; `None` if there is a `*` in it.
    pub fn to_permission(&self) -> Option<Permission> {
        Permission::parse(&self.text).ok()
    }

    /// The half before the colon, as written; `*` for the lone `*`.
    pub fn resource(&self) -> &str {
        let half = self.colon.and_then(|colon| self.text.get(..colon));
        half.unwrap_or("*")
    }

    /// The half after the colon, as written; `*` for the lone `*`.
    pub fn action(&self) -> &str {
        let half = self.colon.and_then(|colon| self.text.get(colon + 1..));
        half.unwrap_or("*")
    }

    /// The whole text, as written: `*` stays `*`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this grant is about the resource, whatever the action.
    pub(crate) fn reaches_resource_of(&self, required: &Permission) -> bool {
        self.resource.matches(required.resource())
    }

    /// Whether this grant is about the action, whatever the resource.
    pub(crate) fn reaches_action_of(&self, required: &Permission) -> bool {
        self.action.matches(required.action())
    }
}

impl From<Permission> for Pattern {
    /// The literal grant of exactly this permission.
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
