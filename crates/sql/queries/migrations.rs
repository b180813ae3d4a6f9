//! The migrations that were applied, and applying the others.

use bailiwick_sql::OpenError;
use bailiwick_sql::failure::{migration_failure, statement_failure};
use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel::{QueryDsl, QueryResult};
use diesel_migrations::MigrationHarness;

use super::backend::{Conn, Db, MIGRATIONS};
use super::run::RunQueryDsl;
use super::schema_support;
use super::system_catalog::has_table;

const TABLE: &str = "__diesel_schema_migrations";

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Returns the names of the missing migrations. Changes nothing, because the first migration
/// creates the table. Refuses a schema of a later release that this one must not serve.
pub(crate) async fn pending(conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let applied = applied(conn).await.map_err(|error| OpenError::Unavailable(statement_failure(&error)))?;
    let known = known()?;
    let unknown = applied.iter().any(|version| known.iter().all(|(known, _)| known != version));
    schema_support::check(conn, &applied, unknown).await?;
    let missing = known.into_iter().filter(|(version, _)| !applied.contains(version));
    Ok(missing.map(|(_, name)| name).collect())
}

/// Returns version and name of each migration of this release.
fn known() -> Result<Vec<(String, String)>, OpenError> {
    let all: Vec<Box<dyn Migration<Db>>> = MIGRATIONS.migrations().map_err(failed)?;
    let names = all.iter().map(Migration::name);
    Ok(names.map(|name| (name.version().to_string(), name.to_string())).collect())
}

async fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    if !has_table(conn, TABLE).await? {
        return Ok(Vec::new());
    }
    __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn).await
}

/// Applies the missing migrations in one transaction each. The caller excludes other processes.
pub(crate) fn run_migrations<B: Backend, H: MigrationHarness<B>>(
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
