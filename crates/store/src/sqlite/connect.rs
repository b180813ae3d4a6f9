//! How a connection to the file is made.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection, ConnectionError, ConnectionResult, QueryResult, QueryableByName, RunQueryDsl,
    SqliteConnection, sql_query,
};

use super::backend::{Conn, Db, MIGRATIONS};
use super::log_check::beside;
use super::sql::run_migrations;
use crate::OpenError;

/// What opening and migrating may have to wait for.
pub(crate) const CHECK: &str = "the database file to be checked (PRAGMA quick_check)";
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

/// The file as a URL of SQLite.
fn url(path: &Path, parameters: &str) -> ConnectionResult<String> {
    let text = path.to_str().ok_or_else(|| ConnectionError::InvalidConnectionUrl("not UTF-8".to_owned()))?;
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Ok(format!("file:{escaped}?{parameters}"))
}

/// A connection outside of pools. A file that is gone is not made again.
pub(super) fn establish(path: &Path, access: Access, wait: Duration) -> ConnectionResult<SqliteConnection> {
    establish_at(&url(path, "mode=rw")?, access, wait)
}

fn establish_at(url: &str, access: Access, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let mut conn = SqliteConnection::establish(url)?;
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
pub(crate) async fn connect_to_look(path: PathBuf, wait: Duration) -> ConnectionResult<Conn> {
    let established = tokio::task::spawn_blocking(move || establish_unchanged(&path, wait));
    let bad = |error: tokio::task::JoinError| ConnectionError::BadConnection(error.to_string());
    Ok(Conn::new(established.await.map_err(bad)??))
}

/// If no process has the file open, the files beside it are gone, and a reader of a
/// file with write-ahead logging would make them: it is told that the file stays
/// as it is.
fn establish_unchanged(path: &Path, wait: Duration) -> ConnectionResult<SqliteConnection> {
    let in_use = ["-wal", "-journal"].iter().any(|end| beside(path, end).exists());
    let how = if in_use { "mode=ro" } else { "mode=ro&immutable=1" };
    establish_at(&url(path, how)?, Access::Read, wait)
}

/// Turns the file to write-ahead logging, which stays. SQLite does not wait for
/// others here, so we do. Returns the connection.
pub(crate) async fn switch_to_wal(path: PathBuf, wait: Duration) -> Result<SqliteConnection, OpenError> {
    let work = move || {
        let deadline = Instant::now() + wait;
        let mut conn = establish(&path, Access::Write, PAUSE).map_err(|error| failure(&path, &error))?;
        loop {
            match conn.batch_execute("PRAGMA journal_mode = WAL") {
                Ok(()) => return Ok(conn),
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

/// Reads all of the file and refuses a damaged one.
pub(crate) async fn check(
    path: PathBuf,
    mut conn: SqliteConnection,
    wait: Duration,
) -> Result<SqliteConnection, OpenError> {
    let work = move || {
        let patience = format!("PRAGMA busy_timeout = {}", wait.as_millis());
        conn.batch_execute(&patience).map_err(|error| unavailable(&error))?;
        quick_check(&path, &mut conn, wait).map(|()| conn)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// The same, on a connection that waits for locks by itself.
pub(crate) fn quick_check(path: &Path, conn: &mut SqliteConnection, wait: Duration) -> Result<(), OpenError> {
    match sql_query("PRAGMA quick_check(1)").get_result::<QuickCheck>(conn) {
        Ok(QuickCheck { quick_check }) if quick_check == "ok" => Ok(()),
        Ok(QuickCheck { quick_check }) => Err(damage(path, &quick_check)),
        Err(error) => Err(damaged(path, &error).unwrap_or_else(|| locked_or_unavailable(&error, wait))),
    }
}

/// A connection outside of pools.
pub(crate) fn open(path: &Path, access: Access, wait: Duration) -> Result<SqliteConnection, OpenError> {
    establish(path, access, wait).map_err(|error| failure(path, &error))
}

/// A connection outside of pools that changes nothing.
pub(crate) fn open_unchanged(path: &Path, wait: Duration) -> Result<SqliteConnection, OpenError> {
    establish_unchanged(path, wait).map_err(|error| failure(path, &error))
}

/// What a failure of SQLite means for the file.
pub(crate) fn failure(path: &Path, error: &dyn std::error::Error) -> OpenError {
    damaged(path, error).unwrap_or_else(|| unavailable(error))
}

#[derive(QueryableByName)]
struct QuickCheck {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// The refusal of a damaged file, if `error` tells of one: SQLite tells it by its words alone.
fn damaged(path: &Path, error: &dyn std::error::Error) -> Option<OpenError> {
    let problem = error.to_string();
    let tells = ["is malformed", "is not a database", "malformed database schema", "file is encrypted"];
    tells.iter().any(|words| problem.contains(words)).then(|| damage(path, &problem))
}

fn damage(path: &Path, problem: &str) -> OpenError {
    // The names in SQLite's messages stand on a line of their own.
    let problem = problem.split_whitespace().collect::<Vec<_>>().join(" ");
    OpenError::Damaged { path: path.display().to_string(), problem }
}

/// Applies what is missing, all of it or nothing: whoever else wants to waits
/// for the end of the transaction, and then finds nothing missing.
pub(crate) async fn migrate(path: PathBuf, wait: Duration) -> Result<Vec<String>, OpenError> {
    let work = move || {
        let mut conn = establish(&path, Access::Write, wait).map_err(|error| unavailable(&error))?;
        let all = conn.immediate_transaction(|conn| {
            let applied = run_migrations::<Db, _>(conn, MIGRATIONS)?;
            identify(conn)?;
            Ok(applied)
        });
        all.map_err(|error| match error {
            Failed::Migration(error) => error,
            Failed::Transaction(error) => locked_or_unavailable(&error, wait),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// Gives the file a random number of its own, in its header, by which it is told from others.
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
