//! Inspects a database without changing it.

use crate::health::Health;
use crate::{OpenError, Options, postgres, sqlite};

/// Inspects the database at `url`, in the form that [`open`](crate::open()) takes, while other
/// processes may use it. Nothing is created, migrated or locked. [`OpenError::Missing`] if the
/// SQLite file does not exist.
pub async fn inspect(url: &str, options: &Options) -> Result<Health, OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => sqlite::inspect(path, options).await,
        Some(("postgres" | "postgresql", _)) => postgres::inspect(url, options).await,
        _ => Err(OpenError::bad_scheme()),
    }
}

/// Returns the damage of the SQLite file at `url` ([`OpenError::Damaged`]), if there is any; `None`
/// for PostgreSQL. The whole file is read, which takes time if it is large. Nothing is changed.
pub async fn find_damage(url: &str, options: &Options) -> Option<OpenError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => sqlite::find_damage(path, options).await,
        _ => None,
    }
}
