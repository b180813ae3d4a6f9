//! Replacing the database file by a copy.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::Timestamp;
use bailiwick_sql::OpenError;
use diesel::connection::SimpleConnection;

use super::connect::{self, Access};
use super::copy::{blocking, not_copied, not_written, sync, tables};
use super::location::beside;
use super::{claim, file, log_check, open_files, private};

/// Suffix of the new file's name until it replaces the database.
const PREPARED: &str = ".restoring";

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
    _claim: Arc<File>,
}

/// A restore whose files are written, and not exchanged yet.
pub struct PreparedRestore {
    restore: Restore,
    is_merged: bool,
    claim: Arc<File>,
}

impl PreparedRestore {
    /// Replaces the database, which takes a moment. If it is interrupted, the database cannot be
    /// served until a restore finishes.
    pub fn exchange(self) -> Result<Restored, OpenError> {
        let Self { restore, is_merged, claim } = self;
        match restore.exchange(is_merged) {
            Ok(former) => Ok(Restored { former, unfinished: restore.unfinished(), _claim: claim }),
            Err(error) => {
                restore.remove_prepared();
                Err(error)
            }
        }
    }
}

impl Restored {
    /// Allows the database to be served, and returns the names of the former files.
    pub fn finish(self) -> Result<Vec<PathBuf>, OpenError> {
        remove(&self.unfinished).map_err(|error| not_written(&self.unfinished, &error))?;
        Ok(self.former)
    }
}

impl Restore {
    /// Claims the database, writes the new file under another name, and merges the log of the former
    /// database.
    pub(crate) async fn prepare_all(self) -> Result<PreparedRestore, OpenError> {
        blocking(move || {
            let claim = claim::claim(&self.database)?;
            let prepared = self.give(&beside(&self.database, ".lock")).and_then(|()| self.prepare());
            let is_merged = prepared.and_then(|()| self.merge_log());
            match is_merged {
                Ok(is_merged) => Ok(PreparedRestore { restore: self, is_merged, claim }),
                Err(error) => {
                    self.remove_prepared();
                    Err(error)
                }
            }
        })
        .await
    }

    fn remove_prepared(&self) {
        let prepared = self.prepared();
        let _ = (remove(&prepared), remove(&beside(&prepared, "-journal")));
    }

    /// Gives a file to the owner of the former database, or of its folder, if that is another user.
    #[cfg(unix)]
    fn give(&self, path: &Path) -> Result<(), OpenError> {
        use std::os::unix::fs::{MetadataExt, chown};
        let failed = |error: io::Error| not_written(path, &error);
        let former = open_files::found(&self.database).map_err(failed)?;
        let folder = || self.database.parent().and_then(|folder| folder.metadata().ok());
        let Some(owner) = former.or_else(folder) else { return Ok(()) };
        if path.metadata().map_err(failed)?.uid() == owner.uid() {
            return Ok(());
        }
        chown(path, Some(owner.uid()), Some(owner.gid())).map_err(|error| OpenError::NotWritten {
            path: path.display().to_string(),
            problem: format!("it must belong to the owner of the database: {error}; run this as that user"),
        })
    }

    #[cfg(not(unix))]
    fn give(&self, _: &Path) -> Result<(), OpenError> {
        Ok(())
    }

    fn prepared(&self) -> PathBuf {
        beside(&self.database, PREPARED)
    }

    fn unfinished(&self) -> PathBuf {
        beside(&self.database, file::UNFINISHED)
    }

    /// Writes the new file under another name in the same folder.
    fn prepare(&self) -> Result<(), OpenError> {
        let prepared = self.prepared();
        let failed = |error: io::Error| not_written(&prepared, &error);
        remove(&prepared).map_err(failed)?;
        remove(&beside(&prepared, "-journal")).map_err(failed)?;
        let mut file = private::create_private(&prepared).map_err(failed)?;
        let mut copy = File::open(&self.copy).map_err(|error| unreadable(&self.copy, &error))?;
        io::copy(&mut copy, &mut file).map_err(failed)?;
        drop(file);
        if let Some(at) = self.end_sessions_at {
            self.end_sessions(&prepared, at)?;
        }
        self.give(&prepared)?;
        sync(&prepared).map_err(failed)
    }

    /// Ends sessions, tickets, and links in the copy, because they may have been ended or used
    /// since.
    fn end_sessions(&self, prepared: &Path, at: Timestamp) -> Result<(), OpenError> {
        let mut conn = connect::open(prepared, Access::Write, self.wait)?;
        let failed = |error| not_copied(prepared, prepared, &error);
        let tables = tables(&mut conn).map_err(failed)?;
        let end = format!("UPDATE sessions SET ended_at = {} WHERE ended_at IS NULL", at.unix_micros());
        let statements = [
            ("sessions", end.as_str()),
            ("socket_tickets", "DELETE FROM socket_tickets"),
            ("one_time_secrets", "DELETE FROM one_time_secrets"),
            ("setup_secret", "DELETE FROM setup_secret"),
        ];
        // A backup of an older release lacks the tables of later migrations.
        let present = statements.into_iter().filter(|(table, _)| tables.iter().any(|name| name == table));
        let all: Vec<_> = present.map(|(_, statement)| statement).collect();
        let all = format!("BEGIN IMMEDIATE; {}; COMMIT", all.join("; "));
        conn.batch_execute(&all).map_err(failed)
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
    fn exchange(&self, is_merged: bool) -> Result<Vec<PathBuf>, OpenError> {
        let prepared = self.prepared();
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
                private::create_private(&unfinished)?.sync_all()?;
            }
            self.sync_folder()?;
            // The former log must never be beside the new file.
            remove(&log)?;
            // The index of the log, which SQLite creates anew.
            remove(&beside(&self.database, "-shm"))?;
            fs::rename(&prepared, &self.database)
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

fn unreadable(path: &Path, error: &io::Error) -> OpenError {
    OpenError::Unreadable(format!("{}: {error}", path.display()))
}
