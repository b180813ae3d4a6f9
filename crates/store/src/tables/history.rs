//! Which migrations were applied.

use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::{Bool, Text};
use diesel::{QueryDsl, QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use diesel_migrations::MigrationHarness;

use super::backend::{Conn, Db, HAS_TABLE, MIGRATIONS};
use crate::OpenError;
use crate::failure::{migration_failure, statement_failure};

const TABLE: &str = "__diesel_schema_migrations";

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// The names of those that are missing. Asking changes nothing: the table is
/// made by the first migration.
pub(in super::super) async fn pending(conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let applied = applied(conn).await.map_err(|error| OpenError::Unavailable(statement_failure(&error)))?;
    let all: Vec<Box<dyn Migration<Db>>> = MIGRATIONS.migrations().map_err(failed)?;
    let names = all.iter().map(Migration::name);
    let missing = names.filter(|name| !applied.contains(&name.version().to_string()));
    Ok(missing.map(ToString::to_string).collect())
}

async fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    let table = sql_query(HAS_TABLE).bind::<Text, _>(TABLE).get_result::<Found>(conn).await?;
    if !table.found {
        return Ok(Vec::new());
    }
    __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn).await
}

/// Applies what is missing, one transaction each. The caller keeps others away.
pub(in super::super) fn run_migrations<B: Backend, H: MigrationHarness<B>>(
    harness: &mut H,
    migrations: impl MigrationSource<B>,
) -> Result<Vec<String>, OpenError> {
    let mut names = Vec::new();
    for migration in harness.pending_migrations(migrations).map_err(failed)? {
        harness.run_migration(&migration).map_err(failed)?;
        names.push(migration.name().to_string());
    }
    Ok(names)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> OpenError {
    OpenError::Migration(migration_failure(&*error))
}
