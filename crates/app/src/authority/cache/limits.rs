//! How much may be known.

/// Bounds of a [`AuthorityCache`](super::AuthorityCache). What goes beyond makes it forget and begin anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Sessions, some hundred bytes each.
    pub sessions: usize,
    /// Memberships, some hundred bytes each.
    pub memberships: usize,
    /// Bytes of the roles in all organizations.
    pub role_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions: 500_000, memberships: 1_000_000, role_bytes: 256 * 1024 * 1024 }
    }
}
