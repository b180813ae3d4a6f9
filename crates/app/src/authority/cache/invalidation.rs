//! Invalidations: the data that a change concerns.

use bailiwick_kernel::{OrgId, RoleId, SessionId, UserId};

/// An object that authority depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CacheKey {
    /// An account: its status, or whether it administers the platform.
    User(UserId),
    /// A session of this account.
    Session(UserId, SessionId),
    /// A membership.
    Member(OrgId, UserId),
    /// A role: its level, its name, its grants.
    Role(OrgId, RoleId),
    /// An organization, with every membership and role in it.
    Org(OrgId),
}

/// The objects that one change concerns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Invalidation {
    /// The named objects.
    Keys(Vec<CacheKey>),
    /// All objects, because they are too many or unknown.
    Everything,
}

impl Invalidation {
    /// Whether it names no object.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Keys(keys) if keys.is_empty())
    }

    /// Whether one of the named objects satisfies `affects`. Always `true` for
    /// [`Self::Everything`].
    pub fn any(&self, affects: impl Fn(&CacheKey) -> bool) -> bool {
        match self {
            Self::Keys(keys) => keys.iter().any(affects),
            Self::Everything => true,
        }
    }
}
