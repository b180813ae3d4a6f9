//! Limits of the size of the cache.

/// Limits of an [`AuthorityCache`](super::AuthorityCache). Entries of a kind that exceeds its limit
/// are all dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Number of sessions, some hundred bytes each.
    pub sessions: usize,
    /// Number of memberships, some hundred bytes each.
    pub memberships: usize,
    /// Size of the roles of all organizations, in bytes.
    pub role_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions: 500_000, memberships: 1_000_000, role_bytes: 256 * 1024 * 1024 }
    }
}
