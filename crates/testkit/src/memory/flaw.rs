//! The flaws that the store can be given.

/// A requirement that [`MemoryStore::with_flaw`](super::MemoryStore::with_flaw) breaks. Each flaw
/// is one `if` in the repository that it concerns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flaw {
    /// An e-mail address is checked before an account is inserted with it or moved to it, but the write
    /// itself does not check again.
    CheckThenInsert,
    /// A secret, a refresh token, an invitation, a mail or a password is read and then written, even if
    /// another transaction changed it in between.
    SelectThenUpdate,
    /// The lock of an organization does not block other transactions, so two of them can count the
    /// owners at the same time.
    CountInSubQuery,
    /// Invitations, roles and memberships are found by id alone, in any organization.
    MissingTenantFilter,
    /// A session of the pages is listed after its idle expiry.
    ListsUnused,
    /// A rollback commits.
    LostRollback,
    /// Dropping a transaction commits it.
    DirtyDrop,
    /// No cache is invalidated.
    MissingInvalidation,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 8] = [
        Self::CheckThenInsert,
        Self::SelectThenUpdate,
        Self::CountInSubQuery,
        Self::MissingTenantFilter,
        Self::ListsUnused,
        Self::LostRollback,
        Self::DirtyDrop,
        Self::MissingInvalidation,
    ];
}
