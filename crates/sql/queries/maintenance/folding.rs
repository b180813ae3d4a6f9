//! Folds names that an older release or an operator stored without folding them, in batches.

use bailiwick_kernel::folded;
use bailiwick_sql::schema::{organizations, users};
use bailiwick_sql::search::folded_full_name;
use diesel::{ExpressionMethods, QueryDsl, QueryResult, update};
use diesel_async::SimpleAsyncConnection;

use super::super::invalidation::Invalidator;
use super::backend::{self, BEGIN_WRITE, Conn};
use super::run::RunQueryDsl;

/// Largest number of rows of each kind per transaction.
const BATCH: i64 = 200;

/// Folds one batch of each kind and returns the number of names. After an error the owner closes
/// the connection, which ends the transaction.
pub(in super::super) async fn batch(conn: &mut Conn, invalidator: &Invalidator) -> QueryResult<u64> {
    conn.batch_execute(BEGIN_WRITE).await?;
    let accounts = backend::lock_unfolded_users(conn, BATCH).await?;
    let orgs = backend::lock_unfolded_organizations(conn, BATCH).await?;
    let rows = accounts.len() + orgs.len();
    for (id, first, last) in accounts {
        let name = users::folded_name.eq(Some(folded_full_name(&first, &last)));
        update(users::table.find(id)).set(name).execute(conn).await?;
    }
    for (id, name) in orgs {
        let name = organizations::folded_name.eq(Some(folded(&name)));
        update(organizations::table.find(id)).set(name).execute(conn).await?;
    }
    invalidator.mark(conn).await?;
    conn.batch_execute("COMMIT").await?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}
