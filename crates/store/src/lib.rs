//! Accounts, organizations, roles, invitations and outgoing mail in a database:
//! PostgreSQL or a SQLite file, behind the ports of `bailiwick-app`.
//!
//! **When to use it alone.** With the use cases of `bailiwick-app` and other adapters of your
//! own. The crate `bailiwick` opens it for you.
//!
//! **What it may depend on.** `postgres` and `sqlite`, each behind the feature of its name; `sql`,
//! `app` and everything below it. Both features are on by default. Without one, that database is not
//! compiled, and [`open()`] refuses its URLs by [`OpenError::MissingFeature`].
//!
//! **Where to start reading.** [`open()`], then the crate of a database: `bailiwick-sqlite` or
//! `bailiwick-postgres`. The queries are in the folder `queries` of `bailiwick-sql`. The invariants are
//! constraints in `migrations/`.
//!
//! ```
//! use bailiwick_kernel::{Email, Lock};
//! use bailiwick_store::{Options, open};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
//! let database = open(&url, &Options::default()).await?;
//! database.migrate().await?;
//! assert!(database.pending_migrations().await?.is_empty());
//!
//! let mut tx = database.store().begin_read().await?;
//! let nobody = Email::parse("nobody@example.org")?;
//! assert!(tx.users().find_by_email(&nobody, Lock::None).await?.is_none());
//! tx.rollback().await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    allow(unused_variables, unreachable_code, clippy::unused_async, reason = "there is nothing to open")
)]

mod inspect;
mod open;
mod refused;

#[cfg(feature = "postgres")]
pub use bailiwick_postgres::{PostgresConnection, PostgresPool, postgres_connection};
pub use bailiwick_sql::{Contents, Health, OpenError, Options, SchemaName, Undeliverable, store_error};
#[cfg(feature = "sqlite")]
pub use bailiwick_sqlite::{
    CopyContents, PreparedRestore, Restored, SqliteConnection, check_copy, copy_to, prepare_restore,
    sqlite_connection,
};
pub use inspect::{find_damage, inspect};
pub use open::{Database, check_parameters, open};
