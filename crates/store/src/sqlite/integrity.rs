//! Whether a file is damaged.

use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;

use super::{connect, file};
use crate::open::Options;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// The first damage found. A file that cannot be read at all is none for this: whoever opens it
/// is told why.
pub(crate) async fn find_damage(path: &str, options: &Options) -> Option<String> {
    let path = file::find(path).ok()?;
    let mut conn = match connect::connect_to_look(path, options.statement_timeout).await {
        Ok(conn) => conn,
        Err(error) => return damage(error.to_string()),
    };
    match sql_query("PRAGMA quick_check(1)").get_result::<Found>(&mut conn).await {
        Ok(Found { quick_check }) if quick_check == "ok" => None,
        Ok(Found { quick_check }) => Some(quick_check),
        Err(error) => damage(error.to_string()),
    }
}

/// SQLite has no other words for them, and diesel passes no code on.
fn damage(error: String) -> Option<String> {
    let said = ["file is not a database", "malformed"];
    said.iter().any(|words| error.contains(words)).then_some(error)
}
