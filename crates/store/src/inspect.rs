//! Looking into a database without touching it.

use crate::health::Health;
use crate::{OpenError, Options, postgres, sqlite};

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
