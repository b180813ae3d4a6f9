//! Checks that this release supports the schema, which stores the oldest release that does.

use bailiwick_sql::OpenError;
use diesel::{OptionalExtension, QueryDsl, QueryResult};

use super::backend::Conn;
use super::run::RunQueryDsl;
use super::system_catalog::has_table;

const TABLE: &str = "schema_support";
const OWN: &str = env!("CARGO_PKG_VERSION");

diesel::table! {
    schema_support (oldest_program) {
        oldest_program -> Text,
    }
}

/// The migration that created the table.
const MIGRATION: &str = "20261127000012";

/// Refuses a schema of a later release, and one that does not tell. `unknown` says whether it has
/// migrations that this release does not know.
pub(super) async fn check(conn: &mut Conn, applied: &[String], unknown: bool) -> Result<(), OpenError> {
    let oldest = oldest(conn).await.map_err(|error| OpenError::Unavailable(error.to_string()))?;
    match oldest {
        Some(oldest) if numbers(&oldest).is_none() => {
            Err(OpenError::BadSchemaSupport(format!("the table {TABLE} holds no version: {oldest:?}")))
        }
        Some(oldest) if !is_enough(OWN, &oldest) => Err(OpenError::LaterSchema { oldest, own: OWN }),
        // Every schema with a later migration stores the release that it needs.
        None if unknown => Err(OpenError::LaterSchema { oldest: "a later release".to_owned(), own: OWN }),
        None if applied.iter().any(|version| version == MIGRATION) => {
            Err(OpenError::BadSchemaSupport(format!("the table {TABLE} is missing or holds no row")))
        }
        _ => Ok(()),
    }
}

async fn oldest(conn: &mut Conn) -> QueryResult<Option<String>> {
    if !has_table(conn, TABLE).await? {
        return Ok(None);
    }
    schema_support::table.select(schema_support::oldest_program).first(conn).await.optional()
}

fn is_enough(own: &str, oldest: &str) -> bool {
    numbers(oldest).is_some_and(|oldest| numbers(own) >= Some(oldest))
}

/// Parses a version; `None` if it is malformed.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let numbers = version.split('-').next()?.split('.');
    numbers.map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_enough;

    #[test]
    fn versions_are_compared_number_by_number() {
        for (own, oldest) in
            [("0.1.0", "0.1.0"), ("0.10.0", "0.9.9"), ("1.0.0", "0.12.3"), ("1.2.0-rc.1", "1.2.0")]
        {
            assert!(is_enough(own, oldest), "{own} {oldest}");
        }
        for (own, oldest) in [("0.1.0", "0.1.1"), ("0.9.9", "0.10.0"), ("0.12.3", "1.0.0"), ("0.1.0", "")] {
            assert!(!is_enough(own, oldest), "{own} {oldest}");
        }
    }
}
