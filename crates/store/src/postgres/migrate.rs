//! Migrations of PostgreSQL, one process at a time.

use std::time::{Duration, Instant};

use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use tokio::time::{sleep, timeout};

use super::backend::{Db, MIGRATIONS};
use super::connect::Target;
use super::tables::history::pending;
use super::tables::run_migrations;
use crate::OpenError;
use crate::waiting::{bounded, reported};

/// Held by the connection: it ends with it, whatever happens. The number says
/// nothing; it is only ours.
const LOCK: &str = "SELECT pg_advisory_lock(7093451268337405)";
/// Between two looks at whether the server still answers while migrations run.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// The server gives up waiting for a lock by itself; it is given so much longer to say so.
const REPLY_MARGIN: Duration = Duration::from_secs(1);

const ANSWER: &str = "an answer of the PostgreSQL server";
const OTHER_MIGRATION: &str =
    "another process that is migrating the database (pg_locks shows its advisory lock)";
const MIGRATIONS_END: &str = "the migrations to be applied";

/// Applies what is missing. A wait for the server, or for a lock that another session holds,
/// ends after `wait`.
pub(crate) async fn apply(target: &Target, wait: Duration) -> Result<Vec<String>, OpenError> {
    let connected = bounded(ANSWER, wait, target.connect_unlimited()).await?;
    // Dropping the driver ends the wait of the blocked thread, also where this future is dropped.
    let (mut conn, _driver) = connected.map_err(|error| unavailable(&error))?;
    lock(&mut conn, wait).await?;
    bounded(ANSWER, wait, pending(&mut conn)).await??;
    // The harness blocks its thread, which no thread of the runtime may do.
    let work = move || run_migrations::<Db, _>(&mut AsyncMigrationHarness::new(conn), MIGRATIONS);
    let work = tokio::task::spawn_blocking(work);
    tokio::select! {
        done = reported(MIGRATIONS_END, work) => {
            done.map_err(|error| OpenError::Migration(error.to_string()))?
        }
        () = silence(target, wait) => Err(OpenError::TimedOut { what: ANSWER, limit: wait }),
    }
}

/// Takes the lock of migrations. The limit stays set for the locks that migrations take.
async fn lock(conn: &mut AsyncPgConnection, wait: Duration) -> Result<(), OpenError> {
    let limit = format!("SET lock_timeout = {}", wait.as_millis());
    let limited = bounded(ANSWER, wait, conn.batch_execute(&limit)).await?;
    limited.map_err(|error| unavailable(&error))?;
    let started = Instant::now();
    match bounded(OTHER_MIGRATION, wait + REPLY_MARGIN, conn.batch_execute(LOCK)).await? {
        Ok(()) => Ok(()),
        Err(_) if started.elapsed() >= wait => {
            Err(OpenError::TimedOut { what: OTHER_MIGRATION, limit: wait })
        }
        Err(error) => Err(unavailable(&error)),
    }
}

/// Completes when the server has left a new connection without an answer for `wait`. A refusal
/// is an answer.
async fn silence(target: &Target, wait: Duration) {
    loop {
        sleep(PROBE_INTERVAL).await;
        if timeout(wait, target.dial()).await.is_err() {
            return;
        }
    }
}

fn unavailable(error: &dyn std::error::Error) -> OpenError {
    OpenError::Unavailable(error.to_string())
}
