//! What a change touched.

use bailiwick_kernel::{OrgId, RoleId, SessionId, UserId};

/// Something that authority hangs on.
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

/// All that one change touched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Invalidation {
    /// These.
    Keys(Vec<CacheKey>),
    /// Too much to be named, or nobody knows what.
    Everything,
}

impl Invalidation {
    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Keys(keys) if keys.is_empty())
    }

    /// Whether one of what it names is, or includes, something that `affects`.
    pub fn any(&self, affects: impl Fn(&CacheKey) -> bool) -> bool {
        match self {
            Self::Keys(keys) => keys.iter().any(affects),
            Self::Everything => true,
        }
    }
}
