//! How a connection to the file is made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, ConnectionResult, SqliteConnection};

use super::backend::{Conn, Db, MIGRATIONS};
use super::tables::run_migrations;
use crate::OpenError;

/// What opening and migrating may have to wait for.
pub(crate) const FILE_LOCK: &str = "another process to release its lock on the database file";
/// Between two attempts where SQLite does not wait by itself.
const PAUSE: Duration = Duration::from_millis(20);

/// What a connection is for.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A connection for a pool.
pub(crate) async fn connect(path: PathBuf, access: Access, wait: Duration) -> ConnectionResult<Conn> {
    let established = tokio::task::spawn_blocking(move || establish(&path, access, wait)).await;
    let bad = |error: tokio::task::JoinError| ConnectionError::BadConnection(error.to_string());
    Ok(Conn::new(established.map_err(bad)??))
}

fn establish(path: &Path, access: Access, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let path = path.to_str().ok_or_else(|| ConnectionError::InvalidConnectionUrl("not UTF-8".to_owned()))?;
    let mut conn = SqliteConnection::establish(path)?;
    // The patience comes first: the other statements may have to wait already.
    // FULL: an acknowledged revocation survives a power cut. What was erased is
    // overwritten, not only given free.
    let query_only = matches!(access, Access::Read);
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = {};
         PRAGMA foreign_keys = ON;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA query_only = {query_only};",
        wait.as_millis(),
    ))
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// A connection that changes nothing, not even what SQLite keeps beside the file.
///
/// Where nobody has the file open, the files beside it are gone, and a reader of a
/// file with write-ahead logging would make them: it is told that the file stays
/// as it is.
pub(crate) async fn connect_to_look(path: PathBuf, wait: Duration) -> ConnectionResult<Conn> {
    let established = tokio::task::spawn_blocking(move || {
        let text =
            path.to_str().ok_or_else(|| ConnectionError::InvalidConnectionUrl("not UTF-8".to_owned()))?;
        let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let in_use = ["-wal", "-journal"].iter().any(|end| Path::new(&format!("{text}{end}")).exists());
        let how = if in_use { "mode=ro" } else { "mode=ro&immutable=1" };
        establish(Path::new(&format!("file:{escaped}?{how}")), Access::Read, wait)
    });
    let bad = |error: tokio::task::JoinError| ConnectionError::BadConnection(error.to_string());
    Ok(Conn::new(established.await.map_err(bad)??))
}

/// Turns the file to write-ahead logging, which stays. SQLite does not wait for
/// others here, so we do.
pub(crate) async fn switch_to_wal(path: PathBuf, wait: Duration) -> Result<(), OpenError> {
    let work = move || {
        let deadline = Instant::now() + wait;
        let mut conn = establish(&path, Access::Write, PAUSE).map_err(|error| unavailable(&error))?;
        loop {
            match conn.batch_execute("PRAGMA journal_mode = WAL") {
                Ok(()) => return Ok(()),
                Err(error) if !is_locked(&error) || Instant::now() > deadline => {
                    return Err(locked_or_unavailable(&error, wait));
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Applies what is missing, all of it or nothing: whoever else wants to waits
/// for the end of the transaction, and then finds nothing missing.
pub(crate) async fn migrate(path: PathBuf, wait: Duration) -> Result<Vec<String>, OpenError> {
    let work = move || {
        let mut conn = establish(&path, Access::Write, wait).map_err(|error| unavailable(&error))?;
        let all = conn.immediate_transaction(|conn| Ok(run_migrations::<Db, _>(conn, MIGRATIONS)?));
        all.map_err(|error| match error {
            Failed::Migration(error) => error,
            Failed::Transaction(error) => locked_or_unavailable(&error, wait),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// What a transaction may fail with: diesel wants to add its own.
enum Failed {
    Migration(OpenError),
    Transaction(diesel::result::Error),
}

impl From<OpenError> for Failed {
    fn from(error: OpenError) -> Self {
        Self::Migration(error)
    }
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Transaction(error)
    }
}

/// SQLite tells it by its words alone.
fn is_locked(error: &diesel::result::Error) -> bool {
    error.to_string().contains("is locked")
}

fn locked_or_unavailable(error: &diesel::result::Error, waited: Duration) -> OpenError {
    if is_locked(error) {
        return OpenError::TimedOut { what: FILE_LOCK, limit: waited };
    }
    unavailable(error)
}

fn unavailable(error: &dyn std::error::Error) -> OpenError {
    OpenError::Unavailable(error.to_string())
}
