//! The connection of the open transaction, for tables of an embedding program.

use bailiwick_app::Tx;
use bailiwick_kernel::StoreError;

use crate::{postgres, sqlite};

/// A connection to PostgreSQL, for diesel-async.
pub type PostgresConnection = postgres::Connection;

/// A connection to SQLite, for diesel-async.
pub type SqliteConnection = sqlite::Connection;

/// Lends the connection of a transaction on PostgreSQL; `None` for another store. What is written by it is
/// committed with the transaction or not at all. An inner `transaction()` is a savepoint. MUST NOT be used to
/// run `COMMIT` or `ROLLBACK` as text.
pub fn postgres_connection(tx: &mut dyn Tx) -> Option<Result<&mut PostgresConnection, StoreError>> {
    tx.as_any().downcast_mut::<postgres::Transaction>().map(postgres::Transaction::lend)
}

/// Lends the connection of a transaction on SQLite, as [`postgres_connection`].
pub fn sqlite_connection(tx: &mut dyn Tx) -> Option<Result<&mut SqliteConnection, StoreError>> {
    tx.as_any().downcast_mut::<sqlite::Transaction>().map(sqlite::Transaction::lend)
}
