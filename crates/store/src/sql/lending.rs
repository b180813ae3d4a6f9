//! Tells the transaction manager of diesel about a transaction that it has not begun, so that an inner
//! transaction of an embedding program is a savepoint, and cannot commit the outer one.

use bailiwick_kernel::StoreError;
use diesel::QueryResult;
use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel_async::{AsyncConnection, SimpleAsyncConnection, TransactionManager};

use super::backend::Conn;
use crate::error::store_error;

type Manager = <Conn as AsyncConnection>::TransactionManager;

/// Counts the open transaction.
pub(super) fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    change_depth(conn, TransactionDepthChange::IncreaseDepth).map_err(store_error)
}

/// Waits for a statement whose future was dropped. Fails if an inner transaction was not ended, for example
/// because its future was dropped; the connection must be closed then.
pub(super) async fn end(conn: &mut Conn) -> Result<(), StoreError> {
    conn.batch_execute("SELECT 1").await.map_err(store_error)?;
    change_depth(conn, TransactionDepthChange::DecreaseDepth).map_err(store_error)?;
    if is_open(conn) || Manager::is_broken_transaction_manager(conn) {
        return Err(StoreError::Refused(
            "an inner transaction of the embedding program was not ended".to_owned(),
        ));
    }
    Ok(())
}

fn is_open(conn: &mut Conn) -> bool {
    match Manager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.transaction_depth().is_some(),
        TransactionManagerStatus::InError => true,
    }
}

fn change_depth(conn: &mut Conn, change: TransactionDepthChange) -> QueryResult<()> {
    match Manager::transaction_manager_status_mut(conn) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(diesel::result::Error::BrokenTransactionManager),
    }
}
