//! The state of a database for an operator, read without changing it.

use bailiwick_kernel::{OrgId, Timestamp};

/// The state of a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// Time on the clock of the server; `None` for a file.
    pub clock: Option<Timestamp>,
    /// Names of the migrations that are not applied yet.
    pub pending_migrations: Vec<String>,
    /// Versions of applied migrations that this release does not have, because a later one applied
    /// them.
    pub unknown_migrations: Vec<String>,
    /// Whether no migration has been applied in the schema that the role uses.
    pub is_empty: bool,
    /// The contents; `None` if tables that they are read from are missing.
    pub contents: Option<Contents>,
}

/// The contents of a database that need an operator's attention.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    /// Organizations without an active owner. There should be none.
    pub ownerless: Vec<OrgId>,
    /// Whether an active platform administrator exists.
    pub administered: bool,
    /// Whether somebody has logged in, so that tokens were issued.
    pub has_sessions: bool,
    /// Mail that is no longer retried.
    pub undeliverable: Undeliverable,
}

/// Mail that is no longer retried.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Undeliverable {
    /// Number of mails.
    pub count: u64,
    /// Last error of the newest of them.
    pub last_error: Option<String>,
}
