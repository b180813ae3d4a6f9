//! How the store can be broken on purpose.

/// A promise that [`MemoryStore::with_flaw`](super::MemoryStore::with_flaw)
/// breaks: one `if` each, at the place that the name tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flaw {
    /// Whether an e-mail address is free is asked first; the account is then
    /// added, or moved to it, without asking again.
    CheckThenInsert,
    /// A secret, a refresh token, an invitation, a mail or a password is read first
    /// and then written, whatever became of it in between.
    SelectThenUpdate,
    /// Locking an organization keeps nobody out, so its owners are counted
    /// while others count them too.
    CountInSubQuery,
    /// Invitations, roles and memberships are found by id alone, whatever the
    /// organization.
    MissingTenantFilter,
    /// A rollback commits.
    LostRollback,
    /// A transaction that is dropped commits.
    DirtyDrop,
    /// No cache is invalidated.
    TellsNobody,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CheckThenInsert,
        Self::SelectThenUpdate,
        Self::CountInSubQuery,
        Self::MissingTenantFilter,
        Self::LostRollback,
        Self::DirtyDrop,
        Self::TellsNobody,
    ];
}
