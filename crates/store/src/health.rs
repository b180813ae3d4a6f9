//! What an operator wants to know about a database, without touching it.

use bailiwick_kernel::{OrgId, Timestamp};

/// A database as it was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// The clock of the server; a file has none.
    pub clock: Option<Timestamp>,
    /// The names of the migrations that are missing.
    pub pending_migrations: Vec<String>,
    /// The versions of applied migrations that this program does not have: a newer one applied
    /// them.
    pub unknown_migrations: Vec<String>,
    /// Whether no migration was ever applied, in a schema that the role sees.
    pub is_empty: bool,
    /// What is in it; `None` if so much is missing that nobody can tell.
    pub contents: Option<Contents>,
}

/// What is in a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    /// Organisations without an active owner. There must be none.
    pub ownerless: Vec<OrgId>,
    /// Whether there is an active platform administrator.
    pub administered: bool,
    /// Mail that was given up.
    pub undeliverable: Undeliverable,
}

/// Mail that nobody tries to send any more.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Undeliverable {
    /// How many mails.
    pub count: u64,
    /// Why the youngest of them was given up.
    pub last_error: Option<String>,
}
