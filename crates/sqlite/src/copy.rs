//! Copies of the database file. SQLite writes them itself, because part of the committed data may
//! be in the log beside the file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bailiwick_sql::OpenError;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::connect::{self, Access};
use super::{private, state_mark};

/// The table that every database of this program has.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// Contents of a copy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopyContents {
    /// Versions of the applied migrations.
    pub migrations: Vec<String>,
    /// Number of rows of each table.
    pub rows: BTreeMap<String, u64>,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Writes a copy of `database` to `to`, and checks it.
pub(crate) async fn write(database: PathBuf, to: PathBuf, wait: Duration) -> Result<CopyContents, OpenError> {
    blocking(move || {
        // SQLite fills an empty file, and leaves its permissions.
        private::create_private(&to).map_err(|error| not_written(&to, &error))?;
        let mut conn = connect::open_unmerged(&database, wait)?;
        let copied = sql_query("VACUUM INTO ?1").bind::<Text, _>(to.display().to_string()).execute(&mut conn);
        copied.map_err(|error| not_copied(&database, &to, &error))?;
        // The pages of the copy are in another order, so no log continues it.
        let marked = state_mark::store(&mut connect::open(&to, Access::Write, wait)?);
        marked.map_err(|error| not_copied(&database, &to, &error))?;
        sync(&to).map_err(|error| not_written(&to, &error))?;
        contents(&to, wait)
    })
    .await
}

/// Returns the error of a failed copy, caused by the database or by the disk that is written to.
pub(super) fn not_copied(database: &Path, to: &Path, error: &diesel::result::Error) -> OpenError {
    match connect::failure(database, error) {
        OpenError::Unavailable(problem) if !problem.contains("is locked") => {
            OpenError::NotWritten { path: to.display().to_string(), problem }
        }
        failure => failure,
    }
}

/// Checks a copy and returns its contents.
pub(crate) async fn check(copy: PathBuf, wait: Duration) -> Result<CopyContents, OpenError> {
    blocking(move || contents(&copy, wait)).await
}

fn contents(copy: &Path, wait: Duration) -> Result<CopyContents, OpenError> {
    let mut conn = connect::open_unchanged(copy, wait)?;
    connect::quick_check(copy, &mut conn, wait)?;
    let tables = tables(&mut conn).map_err(|error| connect::failure(copy, &error))?;
    if !tables.iter().any(|table| table == MIGRATIONS) {
        return Err(OpenError::NotOwn);
    }
    read(&mut conn).map_err(|error| connect::failure(copy, &error))
}

fn read(conn: &mut SqliteConnection) -> QueryResult<CopyContents> {
    let migrations = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version";
    let migrations: Vec<Name> = sql_query(migrations).load(conn)?;
    let mut rows = BTreeMap::new();
    for name in tables(conn)? {
        let counted =
            sql_query(format!("SELECT count(*) AS count FROM \"{name}\"")).get_result::<Count>(conn)?;
        rows.insert(name, counted.count.unsigned_abs());
    }
    Ok(CopyContents { migrations: migrations.into_iter().map(|row| row.name).collect(), rows })
}

/// Returns the names of all tables.
pub(super) fn tables(conn: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let names: Vec<Name> = sql_query(names).load(conn)?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

pub(super) fn not_written(path: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritten { path: path.display().to_string(), problem: error.to_string() }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OpenError::Unavailable(error.to_string()))?
}
