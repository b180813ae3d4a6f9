//! Inspects a database without changing it.

use bailiwick_sql::Health;

#[cfg(feature = "sqlite")]
use crate::open::without_schema;
use crate::refused::refused;
use crate::{OpenError, Options};

/// Inspects the database at `url`, in the form that [`open`](crate::open()) takes, while other
/// processes may use it. Nothing is created, migrated or locked. [`OpenError::Missing`] if the
/// SQLite file does not exist.
pub async fn inspect(url: &str, options: &Options) -> Result<Health, OpenError> {
    match url.split_once(':') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) => {
            without_schema(options)?;
            bailiwick_sqlite::inspect(path, options).await
        }
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => bailiwick_postgres::inspect(url, options).await,
        _ => Err(refused(url)),
    }
}

/// Returns the damage of the SQLite file at `url` ([`OpenError::Damaged`]), if there is any; `None`
/// for PostgreSQL. The whole file is read, which takes time if it is large. Nothing is changed.
#[cfg_attr(
    not(feature = "sqlite"),
    allow(unused_variables, clippy::unused_async, reason = "only SQLite has files")
)]
pub async fn find_damage(url: &str, options: &Options) -> Option<OpenError> {
    match url.split_once(':') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) => bailiwick_sqlite::find_damage(path, options).await,
        _ => None,
    }
}
