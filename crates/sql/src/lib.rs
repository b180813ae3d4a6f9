//! What the adapters of PostgreSQL and SQLite share: tables, rows, SQL types, and how failures of a
//! database become errors of the store.
//!
//! **When to use it alone.** Never: it is what `bailiwick-postgres` and `bailiwick-sqlite`
//! have in common.
//!
//! The folder `queries` beside `src` belongs to it and is not compiled here. It holds the queries,
//! written once against the connection type that each adapter provides; `src/sql` of
//! `bailiwick-postgres` and `bailiwick-sqlite` is a symbolic link to it, so each compiles them for
//! its database.
//!
//! **What it may depend on.** `app` and everything below it, and diesel without a driver. The features
//! `postgres` and `sqlite` make the types of [`types`] readable and writable by these databases.
//!
//! **Where to start reading.** [`schema`] and [`rows`], then `queries/repos`. [`constraint`] maps a
//! violated constraint to its rule, [`error`] any other failure.
//!
//! ```
//! use bailiwick_sql::search::Search;
//!
//! let search = Search::for_part(Some("50%"));
//! assert_eq!(search.map(|search| search.folded).as_deref(), Some(r"%50\%%"));
//! ```

pub mod constraint;
mod engine;
pub mod error;
pub mod failure;
mod health;
mod options;
pub mod rows;
pub mod schema;
mod schema_name;
pub mod search;
pub mod types;
pub mod waiting;

pub use engine::Engine;
pub use error::{OpenError, store_error};
pub use health::{Contents, Health, Undeliverable};
pub use options::Options;
pub use schema_name::SchemaName;
