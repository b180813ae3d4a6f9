//! Descriptions of tables that the database itself provides.

use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, QueryableByName, sql_query};

use super::backend::{Conn, HAS_TABLE};
use super::run::RunQueryDsl;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Returns whether the schema has a table of this name.
pub(super) async fn has_table(conn: &mut Conn, name: &str) -> QueryResult<bool> {
    let table = sql_query(HAS_TABLE).bind::<Text, _>(name).get_result::<Found>(conn).await?;
    Ok(table.found)
}
