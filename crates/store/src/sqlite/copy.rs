//! Copies of the database file. SQLite writes them itself, because part of the committed data may
//! be in the log beside the file.

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
use super::log_check::beside;
use super::{file, log_check, open_files, state_mark};
use crate::OpenError;

/// Suffix of the new file's name until it replaces the database.
const PREPARED: &str = ".restoring";

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
        file::create_private(&to).map_err(|error| not_written(&to, &error))?;
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
fn not_copied(database: &Path, to: &Path, error: &diesel::result::Error) -> OpenError {
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

/// Replaces a database by a copy.
pub(crate) struct Restore {
    pub(crate) database: PathBuf,
    pub(crate) copy: PathBuf,
    pub(crate) suffix: String,
    pub(crate) end_sessions_at: Option<Timestamp>,
    pub(crate) wait: Duration,
}

/// A restored database. Files that belong to it can be restored before [`Self::finish`]; until then
/// the database cannot be served, even if the process is killed.
pub struct Restored {
    /// Present names of the former files.
    pub former: Vec<PathBuf>,
    unfinished: PathBuf,
    _claim: File,
}

impl Restored {
    /// Allows the database to be served, and returns the names of the former files.
    pub fn finish(self) -> Result<Vec<PathBuf>, OpenError> {
        remove(&self.unfinished).map_err(|error| not_written(&self.unfinished, &error))?;
        Ok(self.former)
    }
}

impl Restore {
    pub(crate) async fn run(self) -> Result<Restored, OpenError> {
        blocking(move || {
            let claim = file::claim(&self.database)?;
            let restored = self.prepare().and_then(|prepared| {
                let is_merged = self.merge_log()?;
                self.exchange(&prepared, is_merged)
            });
            if restored.is_err() {
                let prepared = self.prepared();
                let _ = (remove(&prepared), remove(&beside(&prepared, "-journal")));
            }
            Ok(Restored { former: restored?, unfinished: self.unfinished(), _claim: claim })
        })
        .await
    }

    fn prepared(&self) -> PathBuf {
        beside(&self.database, PREPARED)
    }

    fn unfinished(&self) -> PathBuf {
        beside(&self.database, file::UNFINISHED)
    }

    /// Writes the new file under another name in the same folder.
    fn prepare(&self) -> Result<PathBuf, OpenError> {
        let prepared = self.prepared();
        let failed = |error: io::Error| not_written(&prepared, &error);
        remove(&prepared).map_err(failed)?;
        remove(&beside(&prepared, "-journal")).map_err(failed)?;
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

    /// Ends sessions, tickets, and links in the copy, because they may have been ended or used
    /// since.
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
        conn.batch_execute(&end).map_err(|error| not_copied(prepared, prepared, &error))
    }

    /// Merges the log of the former database into its file, so that only one file is kept. `false`
    /// if there is no file, or it cannot be merged. SQLite merges only if no other connection is
    /// open, so this also detects a process that serves without a claim.
    fn merge_log(&self) -> Result<bool, OpenError> {
        let is_sound = open_files::found(&self.database)
            .and_then(|found| {
                if found.is_none_or(|metadata| metadata.len() == 0) {
                    return Ok(false);
                }
                let file = open_files::open(&self.database, || File::open(&self.database))?;
                Ok(log_check::check(&self.database, &file).is_ok())
            })
            .map_err(|error| unreadable(&self.database, &error))?;
        if !is_sound {
            return Ok(false);
        }
        let checked = connect::open_unmerged(&self.database, self.wait)
            .and_then(|mut conn| connect::quick_check(&self.database, &mut conn, self.wait));
        let merged = checked.and_then(|()| {
            let mut conn = connect::open(&self.database, Access::Write, self.wait)?;
            let merge = conn.batch_execute("PRAGMA journal_mode = DELETE");
            merge.map_err(|error| connect::failure(&self.database, &error))
        });
        match merged {
            Ok(()) => Ok(!beside(&self.database, "-wal").exists()),
            Err(OpenError::Damaged { .. }) => Ok(false),
            Err(OpenError::TimedOut { .. }) => Err(OpenError::InUse),
            Err(OpenError::Unavailable(problem)) if problem.contains("is locked") => Err(OpenError::InUse),
            Err(error) => Err(error),
        }
    }

    /// Keeps the former files under their new names, and then replaces the database. A failure
    /// leaves the former files unchanged.
    fn exchange(&self, prepared: &Path, is_merged: bool) -> Result<Vec<PathBuf>, OpenError> {
        let failed = |error: io::Error| not_written(&self.database, &error);
        let former = beside(&self.database, &self.suffix);
        let (log, former_log) = (beside(&self.database, "-wal"), beside(&former, "-wal"));
        let unfinished = self.unfinished();
        let is_second = unfinished.exists();
        let mut kept = Vec::new();
        let exchanged = (|| {
            kept.extend(keep(&self.database, &former)?);
            if !is_merged {
                kept.extend(keep(&log, &former_log)?);
            }
            if !is_second {
                file::create_private(&unfinished)?.sync_all()?;
            }
            self.sync_folder()?;
            // The former log must never be beside the new file.
            remove(&log)?;
            // The index of the log, which SQLite creates anew.
            remove(&beside(&self.database, "-shm"))?;
            fs::rename(prepared, &self.database)
        })();
        if let Err(error) = exchanged {
            if former_log.exists() && !log.exists() {
                fs::rename(&former_log, &log).map_err(failed)?;
            }
            let _ = (remove(&former), remove(&former_log));
            if !is_second {
                let _ = remove(&unfinished);
            }
            return Err(failed(error));
        }
        self.sync_folder().map_err(failed)?;
        Ok(kept)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.database.parent().map_or(Ok(()), sync)
    }
}

/// Gives a file a second name, if it exists, and returns that name.
fn keep(path: &Path, name: &Path) -> io::Result<Option<PathBuf>> {
    match fs::hard_link(path, name) {
        Ok(()) => Ok(Some(name.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
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

fn not_written(path: &Path, error: &io::Error) -> OpenError {
    OpenError::NotWritten { path: path.display().to_string(), problem: error.to_string() }
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
