//! Tells the transaction manager of diesel about a transaction that it has not begun, so that an inner
//! transaction of an embedding program is a savepoint, and cannot commit the outer one.

use bailiwick_kernel::StoreError;
use bailiwick_sql::error::store_error;
use diesel::connection::TransactionDepthChange;

use super::backend::{self, Conn};

/// Counts the open transaction.
pub(super) async fn begin(conn: &mut Conn) -> Result<(), StoreError> {
    let counted = backend::change_depth(conn, TransactionDepthChange::IncreaseDepth).await;
    counted.map(|_| ()).map_err(store_error)
}

/// Fails if an inner transaction was not ended, for example because its future was dropped. The
/// connection must be closed then.
pub(super) async fn end(conn: &mut Conn) -> Result<(), StoreError> {
    let is_open = backend::change_depth(conn, TransactionDepthChange::DecreaseDepth).await;
    if is_open.map_err(store_error)? {
        return Err(StoreError::Refused(
            "an inner transaction of the embedding program was not ended".to_owned(),
        ));
    }
    Ok(())
}
