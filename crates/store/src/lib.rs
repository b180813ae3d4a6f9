//! Accounts, organizations, roles, invitations and outgoing mail in a database:
//! PostgreSQL or a SQLite file, behind the ports of `bailiwick-app`.
//!
//! **When to use it alone.** With the use cases of `bailiwick-app` and other adapters of your
//! own. The crate `bailiwick` opens it for you.
//!
//! **What it may depend on.** `app` and everything below it; diesel and the drivers. Never HTTP.
//!
//! **Where to start reading.** [`open()`], then `sql/`: the queries, written once against the connection
//! type that `postgres/` and `sqlite/` each provide, and compiled for both. The differences (locks,
//! connecting, beginning a transaction) are in their `backend.rs`. The invariants are constraints in
//! `migrations/`; `constraint.rs` maps a violated one to its rule.
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

mod backup;
mod constraint;
mod engine;
mod error;
mod failure;
mod health;
mod inspect;
mod lend;
mod open;
mod options;
mod postgres;
mod rows;
mod schema;
mod search;
mod sqlite;
mod types;
mod waiting;

pub use backup::{CopyContents, PreparedRestore, Restored, check_copy, copy_to, prepare_restore};
pub use error::{OpenError, store_error};
pub use health::{Contents, Health, Undeliverable};
pub use inspect::{find_damage, inspect};
pub use lend::{PostgresConnection, SqliteConnection, postgres_connection, sqlite_connection};
pub use open::{Database, check_parameters, open};
pub use options::Options;
