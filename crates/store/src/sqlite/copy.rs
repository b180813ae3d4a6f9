//! Copies of the file. SQLite writes them itself, because a part of what was committed may be
//! in the log beside the file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bailiwick_kernel::Timestamp;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::connect::{self, Access};
use super::file;
use super::log_check::beside;
use crate::OpenError;
use crate::backup::CopyContents;

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
        file::create_private(&to).map_err(|error| unreadable(&to, &error))?;
        let mut conn = connect::open(&database, Access::Write, wait)?;
        let copied = sql_query("VACUUM INTO ?1").bind::<Text, _>(to.display().to_string()).execute(&mut conn);
        copied.map_err(|error| connect::failure(&database, &error))?;
        sync(&to).map_err(|error| unreadable(&to, &error))?;
        contents(&to, wait)
    })
    .await
}

/// Checks a copy.
pub(crate) async fn check(copy: PathBuf, wait: Duration) -> Result<CopyContents, OpenError> {
    blocking(move || contents(&copy, wait)).await
}

fn contents(copy: &Path, wait: Duration) -> Result<CopyContents, OpenError> {
    let mut conn = connect::open_unchanged(copy, wait)?;
    connect::quick_check(copy, &mut conn, wait)?;
    read(&mut conn).map_err(|error| connect::failure(copy, &error))
}

fn read(conn: &mut SqliteConnection) -> QueryResult<CopyContents> {
    let migrations = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version";
    let migrations: Vec<Name> = sql_query(migrations).load(conn)?;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let tables: Vec<Name> = sql_query(tables).load(conn)?;
    let mut rows = BTreeMap::new();
    for Name { name } in tables {
        let counted =
            sql_query(format!("SELECT count(*) AS count FROM \"{name}\"")).get_result::<Count>(conn)?;
        rows.insert(name, counted.count.unsigned_abs());
    }
    Ok(CopyContents { migrations: migrations.into_iter().map(|row| row.name).collect(), rows })
}

/// Puts a copy in the place of a database.
pub(crate) struct Restore {
    pub(crate) database: PathBuf,
    pub(crate) copy: PathBuf,
    pub(crate) suffix: String,
    pub(crate) end_sessions_at: Option<Timestamp>,
    pub(crate) wait: Duration,
}

impl Restore {
    pub(crate) async fn run(self) -> Result<Vec<PathBuf>, OpenError> {
        blocking(move || {
            let _claim = file::claim(&self.database)?;
            let prepared = self.prepare()?;
            self.exchange(&prepared).map_err(|error| unreadable(&self.database, &error))
        })
        .await
    }

    /// Writes the new file under another name, in the same folder.
    fn prepare(&self) -> Result<PathBuf, OpenError> {
        let prepared = beside(&self.database, ".restoring");
        let failed = |error: io::Error| unreadable(&prepared, &error);
        remove(&prepared).map_err(failed)?;
        let mut file = file::create_private(&prepared).map_err(failed)?;
        let mut copy = File::open(&self.copy).map_err(|error| unreadable(&self.copy, &error))?;
        io::copy(&mut copy, &mut file).map_err(failed)?;
        drop(file);
        if let Some(at) = self.end_sessions_at {
            self.end_sessions(&prepared, at)?;
        }
        sync(&prepared).map_err(failed)?;
        Ok(prepared)
    }

    /// Ends what the copy would revive: sessions, tickets, and links that were used since.
    fn end_sessions(&self, prepared: &Path, at: Timestamp) -> Result<(), OpenError> {
        let mut conn = connect::open(prepared, Access::Write, self.wait)?;
        let at = at.unix_micros();
        let end = format!(
            "BEGIN IMMEDIATE;
             UPDATE sessions SET ended_at = {at} WHERE ended_at IS NULL;
             DELETE FROM socket_tickets;
             DELETE FROM one_time_secrets;
             DELETE FROM setup_secret;
             COMMIT;"
        );
        conn.batch_execute(&end).map_err(|error| connect::failure(prepared, &error))
    }

    /// At each moment there is a file at the path. The former log never lies beside the new file.
    fn exchange(&self, prepared: &Path) -> io::Result<Vec<PathBuf>> {
        let former = beside(&self.database, &self.suffix);
        let mut kept = Vec::new();
        match fs::hard_link(&self.database, &former) {
            Ok(()) => kept.push(former.clone()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let (log, former_log) = (beside(&self.database, "-wal"), beside(&former, "-wal"));
        match fs::rename(log, &former_log) {
            Ok(()) => kept.push(former_log),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // An index of the log, which SQLite makes anew.
        remove(&beside(&self.database, "-shm"))?;
        fs::rename(prepared, &self.database)?;
        if let Some(folder) = self.database.parent() {
            sync(folder)?;
        }
        Ok(kept)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn unreadable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Unreadable(format!("{}: {error}", path.display()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OpenError::Unavailable(error.to_string()))?
}
