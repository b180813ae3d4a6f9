//! What can go wrong in a store, whatever the noun.

/// A failure that no rule of the domain explains.
///
/// Conflicts that a caller can act on (an address taken, a role in use) are not
/// here: each noun's own error enum names them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is full, or is too busy to answer in time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The store answers nothing until the service is started again. It has logged why.
    #[error("the database is not used until the service is started again: {0}")]
    Stopped(String),
    /// The transaction lost against another one and may be tried again.
    #[error("the transaction must be tried again: {0}")]
    Contention(String),
    /// A constraint refused the change and no rule above foresaw it.
    #[error("the database refused the change: {0}")]
    Refused(String),
    /// A stored value breaks the rules it was stored under.
    #[error("a stored value is corrupt: {0}")]
    Corrupt(String),
}
