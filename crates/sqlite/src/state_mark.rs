//! The mark of a state of the file, which shows whether a log continues that state.
//!
//! Every transaction stores a random number, its mark, and the mark of the transaction before in
//! the `application_id` of the file. That field is in the first page. So each log contains the
//! first page, and its first copy names the state of the file that the log continues.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_async::SimpleAsyncConnection;

use super::backend::Conn;
use super::sql::run;

/// Bits of a mark. The mark of the transaction before is in the bits above.
const BITS: u32 = 16;

const NEXT: &str = "\
    SELECT total_changes() AS changes,
        ((application_id & 65535) << 16) | (1 + (random() & 2147483647) % 65535) AS marks
    FROM pragma_application_id";

#[derive(QueryableByName)]
struct Next {
    /// Number of rows that the connection has changed since it was opened.
    #[diesel(sql_type = BigInt)]
    changes: i64,
    #[diesel(sql_type = BigInt)]
    marks: i64,
}

impl Next {
    fn statement(&self) -> String {
        // SQLite accepts signed numbers of 32 bits only.
        let signed = if self.marks > i64::from(i32::MAX) { self.marks - (1 << 32) } else { self.marks };
        format!("PRAGMA application_id = {signed}")
    }
}

/// Returns the mark in an `application_id`; 0 in files of older releases.
pub(super) fn of(marks: u32) -> u32 {
    marks & ((1 << BITS) - 1)
}

/// Returns the mark of the transaction before.
pub(super) fn former(marks: u32) -> u32 {
    marks >> BITS
}

/// Stores a new mark in the open transaction, if the connection has changed other than `known`
/// rows. Returns the number of rows it has changed.
pub(super) async fn store_if_changed(conn: &mut Conn, known: i64) -> QueryResult<i64> {
    let next: Next = run::RunQueryDsl::get_result(sql_query(NEXT), conn).await?;
    if next.changes != known {
        conn.batch_execute(&next.statement()).await?;
    }
    Ok(next.changes)
}

/// Stores a new mark.
pub(super) fn store(conn: &mut SqliteConnection) -> QueryResult<()> {
    let next: Next = sql_query(NEXT).get_result(conn)?;
    conn.batch_execute(&next.statement())
}
