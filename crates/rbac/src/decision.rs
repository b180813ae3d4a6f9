//! An answer with its reason.

use std::fmt;

use crate::{Pattern, Permission};

/// What [`PermissionSet::decide`](crate::PermissionSet::decide) answers, and why.
///
/// Borrows from the set and from the question, so asking costs no allocation. Displayed as a
/// sentence part for logs: `allowed by kb:*`, `missing kb:write, nearest grant kb:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a decision that nobody reads protects nothing"]
pub enum Decision<'a> {
    /// The holder may.
    Allowed {
        /// The grant that says so: the literal one if there is one, else the first as granted.
        grant: &'a Pattern,
    },
    /// The holder may not.
    Missing {
        /// What was asked for.
        required: &'a Permission,
        /// The nearest miss: the first grant that reaches the resource but not the action, else
        /// the first that reaches the action but not the resource, else `None`.
        nearest: Option<&'a Pattern>,
    },
}

impl<'a> Decision<'a> {
    /// Whether the holder may.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// The grant by which the holder may; `None` if the holder may not.
    pub const fn grant(&self) -> Option<&'a Pattern> {
        match self {
            Self::Allowed { grant } => Some(grant),
            Self::Missing { .. } => None,
        }
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { grant } => write!(f, "allowed by {grant}"),
            Self::Missing { required, nearest: Some(nearest) } => {
                write!(f, "missing {required}, nearest grant {nearest}")
            }
            Self::Missing { required, nearest: None } => write!(f, "missing {required}"),
        }
    }
}
