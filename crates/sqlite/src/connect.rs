//! Establishes connections to the file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bailiwick_sql::OpenError;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection, ConnectionError, ConnectionResult, QueryResult, QueryableByName, RunQueryDsl,
    SqliteConnection, sql_query,
};

use super::backend::{Conn, Db, MIGRATIONS};
use super::location::beside;
use super::sql::run_migrations;
use super::state_mark;

/// Name of the wait for the check of the file, in logs and errors.
pub(crate) const CHECK: &str = "the database file to be checked (PRAGMA quick_check)";
/// Name of the wait for a lock of another process, in logs and errors.
pub(crate) const FILE_LOCK: &str = "another process to release its lock on the database file";
/// Pause between two attempts where SQLite itself does not wait.
const PAUSE: Duration = Duration::from_millis(20);

/// Purpose of a connection.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Returns the file as a URL of SQLite.
fn url(path: &Path, parameters: &str) -> ConnectionResult<String> {
    let text = path.to_str().ok_or_else(|| ConnectionError::InvalidConnectionUrl("not UTF-8".to_owned()))?;
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok(format!("file:{escaped}?{parameters}"))
}

/// Establishes a connection outside of pools. A deleted file is not created again.
pub(super) fn establish(path: &Path, access: Access, wait: Duration) -> ConnectionResult<SqliteConnection> {
    establish_at(&url(path, "mode=rw")?, access, wait)
}

fn establish_at(url: &str, access: Access, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let mut conn = SqliteConnection::establish(url)?;
    // The lock timeout comes first, because the other statements may already have to wait for a lock.
    // `synchronous = FULL` makes an acknowledged revocation survive a power failure, and
    // `secure_delete` overwrites deleted data.
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

/// Establishes a connection that changes nothing, not even the files that SQLite keeps beside the
/// database.
pub(crate) async fn connect_read_only(path: PathBuf, wait: Duration) -> ConnectionResult<Conn> {
    let established = tokio::task::spawn_blocking(move || establish_unchanged(&path, wait));
    let bad = |error: tokio::task::JoinError| ConnectionError::BadConnection(error.to_string());
    Ok(Conn::new(established.await.map_err(bad)??))
}

/// Opens the file as immutable if no process has it open. The log and its index do not exist then,
/// and a connection to a file with write-ahead logging would create them.
fn establish_unchanged(path: &Path, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let in_use = ["-wal", "-journal"].iter().any(|end| beside(path, end).exists());
    let how = if in_use { "mode=ro" } else { "mode=ro&immutable=1" };
    establish_at(&url(path, how)?, Access::Read, wait)
}

/// Establishes a connection that leaves the log as it is when it is closed. A file with a log is
/// opened for reading, because the last connection that can write would merge the log into the file.
fn establish_unmerged(path: &Path, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let has_log = beside(path, "-wal").metadata().is_ok_and(|found| found.len() > 0);
    establish_at(&url(path, if has_log { "mode=ro" } else { "mode=rw" })?, Access::Write, wait)
}

/// Opens a connection as [`open_unmerged`] does and reads from the file, which waits until another
/// process has released its lock.
pub(crate) async fn open_and_read(path: PathBuf, wait: Duration) -> Result<SqliteConnection, OpenError> {
    let work = move || {
        let mut conn = open_unmerged(&path, wait)?;
        let read = conn.batch_execute("SELECT count(*) FROM sqlite_schema");
        read.map_err(|error| damaged(&path, &error).unwrap_or_else(|| locked_or_unavailable(&error, wait)))?;
        Ok(conn)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Switches the file to write-ahead logging. The read creates the log and its index.
const SWITCH: &str = "PRAGMA journal_mode = WAL; SELECT count(*) FROM sqlite_schema";

/// Switches the file to write-ahead logging, permanently, and returns the connection. SQLite does
/// not wait for locks here, so this function does.
pub(crate) async fn switch_to_wal(path: PathBuf, wait: Duration) -> Result<SqliteConnection, OpenError> {
    let work = move || {
        let deadline = Instant::now() + wait;
        let mut conn = establish(&path, Access::Write, PAUSE).map_err(|error| failure(&path, &error))?;
        loop {
            match conn.batch_execute(SWITCH) {
                Ok(()) => {
                    let timeout = format!("PRAGMA busy_timeout = {}", wait.as_millis());
                    conn.batch_execute(&timeout).map_err(|error| unavailable(&error))?;
                    return Ok(conn);
                }
                Err(error) if let Some(damage) = damaged(&path, &error) => return Err(damage),
                Err(error) if !is_locked(&error) || Instant::now() > deadline => {
                    return Err(locked_or_unavailable(&error, wait));
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Reads the whole file and refuses a damaged one.
pub(crate) async fn check(
    path: PathBuf,
    mut conn: SqliteConnection,
    wait: Duration,
) -> Result<SqliteConnection, OpenError> {
    let work = move || quick_check(&path, &mut conn, wait).map(|()| conn);
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Reads the whole file on a connection that has a lock timeout, and refuses a damaged file.
pub(crate) fn quick_check(path: &Path, conn: &mut SqliteConnection, wait: Duration) -> Result<(), OpenError> {
    match sql_query("PRAGMA quick_check(1)").get_result::<QuickCheck>(conn) {
        Ok(QuickCheck { quick_check }) if quick_check == "ok" => Ok(()),
        Ok(QuickCheck { quick_check }) => Err(damage(path, &quick_check)),
        Err(error) => Err(damaged(path, &error).unwrap_or_else(|| locked_or_unavailable(&error, wait))),
    }
}

/// Opens a connection outside of pools.
pub(crate) fn open(path: &Path, access: Access, wait: Duration) -> Result<SqliteConnection, OpenError> {
    establish(path, access, wait).map_err(|error| failure(path, &error))
}

/// Opens a connection outside of pools that leaves the log as it is when it is closed.
pub(crate) fn open_unmerged(path: &Path, wait: Duration) -> Result<SqliteConnection, OpenError> {
    establish_unmerged(path, wait).map_err(|error| failure(path, &error))
}

/// Opens a connection outside of pools that changes nothing.
pub(crate) fn open_unchanged(path: &Path, wait: Duration) -> Result<SqliteConnection, OpenError> {
    establish_unchanged(path, wait).map_err(|error| failure(path, &error))
}

/// Maps a failure of SQLite to an error of the file.
pub(crate) fn failure(path: &Path, error: &dyn std::error::Error) -> OpenError {
    damaged(path, error).unwrap_or_else(|| unavailable(error))
}

#[derive(QueryableByName)]
struct QuickCheck {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// Returns the error of a damaged file if the text of `error` reports one.
fn damaged(path: &Path, error: &dyn std::error::Error) -> Option<OpenError> {
    let problem = error.to_string();
    let reports = ["is malformed", "is not a database", "malformed database schema", "file is encrypted"];
    reports.iter().any(|words| problem.contains(words)).then(|| damage(path, &problem))
}

fn damage(path: &Path, problem: &str) -> OpenError {
    // SQLite writes the names in its messages on a line of their own.
    let problem = problem.split_whitespace().collect::<Vec<_>>().join(" ");
    OpenError::Damaged { path: path.display().to_string(), problem }
}

/// Applies the missing migrations in one transaction. Other processes wait until it ends, and then
/// find no migration missing.
pub(crate) async fn migrate(path: PathBuf, wait: Duration) -> Result<Vec<String>, OpenError> {
    let work = move || {
        let mut conn = establish(&path, Access::Write, wait).map_err(|error| unavailable(&error))?;
        let all = conn.immediate_transaction(|conn| {
            let applied = run_migrations::<Db, _>(conn, MIGRATIONS)?;
            identify(conn)?;
            if !applied.is_empty() {
                state_mark::store(conn)?;
            }
            Ok(applied)
        });
        all.map_err(|error| match error {
            Failed::Migration(error) => error,
            Failed::Transaction(error) => locked_or_unavailable(&error, wait),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Stores a random number in the header of the file, to distinguish it from other files.
fn identify(conn: &mut SqliteConnection) -> QueryResult<()> {
    let IdentityNumber { known, fresh } = sql_query(IDENTITY).get_result(conn)?;
    if known == 0 { conn.batch_execute(&format!("PRAGMA user_version = {fresh}")) } else { Ok(()) }
}

const IDENTITY: &str = "\
    SELECT user_version AS known, 1 + (random() & 1073741823) AS fresh FROM pragma_user_version";

#[derive(QueryableByName)]
struct IdentityNumber {
    #[diesel(sql_type = BigInt)]
    known: i64,
    #[diesel(sql_type = BigInt)]
    fresh: i64,
}

/// Error of a transaction. It must be able to hold an error of diesel, because diesel opens and
/// commits the transaction.
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

/// Returns whether a lock timed out, which only the text of the error shows.
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
