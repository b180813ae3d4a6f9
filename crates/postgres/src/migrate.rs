//! Migrations of PostgreSQL, one process at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_kernel::StoreError;
use bailiwick_migrations::named_schema;
use bailiwick_sql::failure::{connection_failure, statement_failure};
use bailiwick_sql::waiting::{bounded, reported};
use bailiwick_sql::{OpenError, SchemaName};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::{sleep, timeout};

use super::backend::{Db, MIGRATIONS};
use super::connect::{DriverTask, Target};
use super::sql::migrations::pending;
use super::sql::pool::{Pool, PooledConnection};
use super::sql::run_migrations;

/// Number of the advisory lock, which is arbitrary and used only by this program.
const LOCK: i64 = 7_093_451_268_337_405;
/// Interval of checking that the server responds while migrations run.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// Additional time for the server to report that its own lock timeout expired.
const REPLY_MARGIN: Duration = Duration::from_secs(1);

/// Removes the timeouts of a connection from a pool.
const UNLIMITED: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

const ANSWER: &str = "an answer of the PostgreSQL server";
const OTHER_MIGRATION: &str =
    "another process that is migrating the database (pg_locks shows its advisory lock)";
const INSUFFICIENT_PRIVILEGE: &str = "SQLSTATE 42501";
const MIGRATIONS_END: &str = "the migrations to be applied";

/// Where the connection for migrations comes from.
pub(crate) enum Source {
    /// A URL.
    Url(Arc<Target>),
    /// A pool of an embedding program, and the schema.
    Pool(Pool, SchemaName),
}

impl Source {
    fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Url(target) => target.schema(),
            Self::Pool(_, schema) => Some(schema),
        }
    }

    /// Returns a connection without statement timeout. That of a pool never returns to it.
    async fn connect_unlimited(&self) -> Result<(AsyncPgConnection, Option<DriverTask>), OpenError> {
        match self {
            Self::Url(target) => {
                let connected = target.connect_unlimited().await;
                let (conn, driver) =
                    connected.map_err(|error| OpenError::Unavailable(connection_failure(&error)))?;
                Ok((conn, Some(driver)))
            }
            Self::Pool(pool, _) => {
                let unavailable = |error: StoreError| OpenError::Unavailable(error.to_string());
                let mut pooled = PooledConnection::from(pool).await.map_err(unavailable)?;
                let limits = pooled.conn().map_err(unavailable)?.batch_execute(UNLIMITED).await;
                limits.map_err(|error| OpenError::Unavailable(statement_failure(&error)))?;
                Ok((pooled.detach().map_err(unavailable)?, None))
            }
        }
    }
}

/// Applies the missing migrations, after creating the schema if it is missing. If no migration is
/// missing, nothing is locked or created, so that a role without the right to create can serve. A wait
/// for the server, or for a lock of another session, ends after `wait`; but migrations that have begun by a
/// connection of a foreign pool have no limit.
pub(crate) async fn apply(source: &Source, wait: Duration) -> Result<Vec<String>, OpenError> {
    // Dropping the driver ends the wait of the blocked thread, also if this future is dropped.
    let (mut conn, _driver) = bounded(ANSWER, wait, source.connect_unlimited()).await??;
    if bounded(ANSWER, wait, pending(&mut conn)).await??.is_empty() {
        return Ok(Vec::new());
    }
    lock(&mut conn, source.schema(), wait).await?;
    if let Some(schema) = source.schema() {
        let creation = named_schema(schema.as_str(), true);
        bounded(ANSWER, wait, conn.batch_execute(&creation)).await?.map_err(failed)?;
    }
    bounded(ANSWER, wait, pending(&mut conn)).await??;
    // The harness blocks its thread, which must not be one of the runtime.
    let work = move || run_migrations::<Db, _>(&mut AsyncMigrationHarness::new(conn), MIGRATIONS);
    let work = tokio::task::spawn_blocking(work);
    tokio::select! {
        done = reported(MIGRATIONS_END, work) => {
            done.map_err(|error| OpenError::Migration(error.to_string()))?.map_err(with_owner_hint)
        }
        () = silence(source, wait) => Err(OpenError::TimedOut { what: ANSWER, limit: wait }),
    }
}

/// Adds a hint that the role that serves may lack the rights of the one that migrates.
fn with_owner_hint(error: OpenError) -> OpenError {
    match error {
        OpenError::Migration(text) if text.contains(INSUFFICIENT_PRIVILEGE) => OpenError::Migration(format!(
            "{text}; migrations are pending that this role may not apply: run `bailiwick migrate` as the role \
             that owns the schema"
        )),
        other => other,
    }
}

/// Returns the statement that takes the lock of the connection, which the server releases when the
/// connection ends. A schema that was named has a lock of its own; the schema `public` has that of all
/// others.
fn lock_statement(schema: Option<&SchemaName>) -> String {
    match schema.map(SchemaName::as_str).filter(|name| *name != "public") {
        Some(name) => format!("SELECT pg_advisory_lock(hashtextextended('{name}', {LOCK}))"),
        None => format!("SELECT pg_advisory_lock({LOCK})"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failed(error: diesel::result::Error) -> OpenError {
    with_owner_hint(OpenError::Migration(statement_failure(&error)))
}

/// Takes the migration lock. Its timeout stays set for the locks that migrations take. Notices are
/// turned off, because migrations create only missing objects.
async fn lock(
    conn: &mut AsyncPgConnection,
    schema: Option<&SchemaName>,
    wait: Duration,
) -> Result<(), OpenError> {
    let limit = format!("SET client_min_messages = warning; SET lock_timeout = {}", wait.as_millis());
    let limited = bounded(ANSWER, wait, conn.batch_execute(&limit)).await?;
    limited.map_err(|error| OpenError::Unavailable(statement_failure(&error)))?;
    let started = Instant::now();
    match bounded(OTHER_MIGRATION, wait + REPLY_MARGIN, conn.batch_execute(&lock_statement(schema))).await? {
        Ok(()) => Ok(()),
        Err(_) if started.elapsed() >= wait => {
            Err(OpenError::TimedOut { what: OTHER_MIGRATION, limit: wait })
        }
        Err(error) => Err(OpenError::Unavailable(statement_failure(&error))),
    }
}

/// Completes when the server has not responded to a new connection for `wait`. A refusal is a
/// response. Never completes for a pool of others, which may be busy.
async fn silence(source: &Source, wait: Duration) {
    let Source::Url(target) = source else { return std::future::pending().await };
    loop {
        sleep(PROBE_INTERVAL).await;
        if timeout(wait, target.dial()).await.is_err() {
            return;
        }
    }
}
