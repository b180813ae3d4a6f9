//! Migrations of PostgreSQL, one process at a time.

use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};

use super::backend::{Db, MIGRATIONS};
use super::connect::Target;
use super::tables::run_migrations;
use crate::OpenError;

/// Held by the connection: it ends with it, whatever happens. The number says
/// nothing; it is only ours.
const LOCK: &str = "SELECT pg_advisory_lock(7093451268337405)";

pub(crate) async fn apply(target: &Target) -> Result<Vec<String>, OpenError> {
    let unavailable = |error: &dyn std::error::Error| OpenError::Unavailable(error.to_string());
    let mut conn = target.connect_unlimited().await.map_err(|error| unavailable(&error))?;
    conn.batch_execute(LOCK).await.map_err(|error| unavailable(&error))?;
    // The harness blocks its thread, which no thread of the runtime may do.
    let work = move || run_migrations::<Db, _>(&mut AsyncMigrationHarness::new(conn), MIGRATIONS);
    tokio::task::spawn_blocking(work).await.map_err(|error| OpenError::Migration(error.to_string()))?
}
