//! The connection of the open transaction, for tables of an embedding program.

use bailiwick_app::Tx;
use bailiwick_kernel::StoreError;

use crate::backend::Conn;
use crate::sql::Transaction;

/// A connection to PostgreSQL, for diesel-async.
pub type PostgresConnection = Conn;

/// Lends the connection of a transaction on PostgreSQL; `None` for another store. What is written by it
/// is committed with the transaction or not at all. An inner `transaction()` is a savepoint; one that
/// was not ended makes the commit fail. Map failures of statements by
/// [`store_error`](bailiwick_sql::store_error).
///
/// The transaction MUST NOT be ended by it, and the session MUST NOT be changed beyond the transaction
/// (`SET` without `LOCAL`, `LISTEN`, session locks, temporary tables), because the connection returns to
/// the pool. Its `search_path` MUST NOT be changed, also not with `LOCAL`, because the transaction goes on.
pub async fn postgres_connection(tx: &mut dyn Tx) -> Option<Result<&mut PostgresConnection, StoreError>> {
    match tx.as_any().downcast_mut::<Transaction>() {
        Some(transaction) => Some(transaction.lend().await),
        None => None,
    }
}
