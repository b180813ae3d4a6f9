//! What an operator wants to know about a database, without touching it.

use bailiwick_kernel::{OrgId, Timestamp};

use crate::open::Options;
use crate::{OpenError, postgres, sqlite};

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

/// Looks into the database at `url`, as [`open`](crate::open()) reads it, beside
/// whoever uses it. Nothing is made, migrated or locked; a SQLite file that is not
/// there yet is [`OpenError::Missing`].
pub async fn inspect(url: &str, options: &Options) -> Result<Health, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => sqlite::inspect(path, options).await,
        Some(("postgres" | "postgresql", _)) => postgres::inspect(url, options).await,
        _ => Err(OpenError::bad_scheme()),
    }
}

/// Returns the damage of the SQLite file at `url` ([`OpenError::Damaged`]), if there is any;
/// `None` for PostgreSQL. All of the file is read, which takes time if it is large. Nothing is
/// changed.
pub async fn find_damage(url: &str, options: &Options) -> Option<OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => sqlite::find_damage(path, options).await,
        _ => None,
    }
}
