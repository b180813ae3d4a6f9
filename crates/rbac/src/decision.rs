//! The result of a permission check, with its reason.

use std::fmt;

use crate::{Pattern, Permission};

/// The result of [`PermissionSet::decide`](crate::PermissionSet::decide), with its reason.
///
/// Borrows from the set and the required permission, so a check does not allocate. `Display` writes
/// part of a sentence for logs: `allowed by kb:*`, `missing kb:write, nearest grant kb:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a decision that is not checked protects nothing"]
pub enum Decision<'a> {
    /// The holder has the permission.
    Allowed {
        /// The grant that allows it: the literal grant if there is one, else the first that matches.
        grant: &'a Pattern,
    },
    /// The holder does not have the permission.
    Missing {
        /// The required permission.
        required: &'a Permission,
        /// The nearest miss: the first grant that matches the resource but not the action, else the
        /// first that matches the action but not the resource, else `None`.
        nearest: Option<&'a Pattern>,
    },
}

impl<'a> Decision<'a> {
    /// Returns whether the holder has the permission.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// Returns the grant that allows it; `None` if it is not allowed.
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
