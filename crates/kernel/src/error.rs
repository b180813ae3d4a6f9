//! Failures of a store that are common to all of its repositories.

/// A failure that is not due to a rule of the domain.
///
/// Conflicts that a caller can act on (an address taken, a role in use) are not here: the error type of
/// each domain crate names them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is full, or is too busy to answer in time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The store accepts no calls until the service is restarted. It has logged the reason.
    #[error("the database is not used until the service is started again: {0}")]
    Stopped(String),
    /// The transaction conflicted with another one and may be retried.
    #[error("the transaction must be tried again: {0}")]
    Contention(String),
    /// A constraint rejected the change, and no domain rule anticipated it.
    #[error("the database refused the change: {0}")]
    Refused(String),
    /// Data of the embedding program refers to the row that the change would delete.
    #[error("other data refers to it: {0}")]
    Referenced(String),
    /// A stored value violates the rules that it was stored under.
    #[error("a stored value is corrupt: {0}")]
    Corrupt(String),
}
