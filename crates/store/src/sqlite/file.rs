//! The database file: its permissions, and the claim of the process that serves from it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::log_check::{self, beside, foreign};
use super::open_files;
use super::watch::Location;
use crate::OpenError;

/// Suffix of the marker beside a database whose restore did not finish.
pub(super) const UNFINISHED: &str = ".restore-unfinished";

/// Returns the file that a URL names after `sqlite:`. The file and its folder are created, for
/// their owner alone, unless they exist. The file is not created beside a log with changes of a
/// deleted file.
pub(crate) fn prepare(path: &str) -> Result<(Location, Arc<File>), OpenError> {
    let path = named(path)?;
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{path}: {error}"));
    let named = std::path::absolute(path).map_err(unreadable)?;
    if let Some(folder) = named.parent() {
        private_folder().create(folder).map_err(unreadable)?;
    }
    check_beside(&named)?;
    // SQLite creates its other files with the permissions of this one.
    let file = open_files::open(&named, || open_private(&named)).map_err(unreadable)?;
    // One file has one claim, even if several links lead to it.
    let path = named.canonicalize().map_err(unreadable)?;
    check_beside(&path)?;
    Ok((Location { named, path }, file))
}

/// Returns the file if it exists and the log beside it belongs to it. Nothing is created or
/// changed. SQLite would delete a log that it considers invalid, or write it into another file.
pub(crate) fn find(path: &str) -> Result<PathBuf, OpenError> {
    let path = named(path)?;
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{path}: {error}"));
    let named = std::path::absolute(path).map_err(unreadable)?;
    check_beside(&named)?;
    let path = named.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OpenError::Missing,
        _ => unreadable(error),
    })?;
    check_beside(&path)?;
    let file = open_files::open(&path, || File::open(&path)).map_err(unreadable)?;
    log_check::check(&path, &file)?;
    Ok(path)
}

/// Refuses a log beside a missing or empty file, and a restore that did not finish.
fn check_beside(database: &Path) -> Result<(), OpenError> {
    if beside(database, UNFINISHED).exists() {
        return Err(OpenError::RestoreUnfinished { path: database.display().to_string() });
    }
    if length(database) == 0 && length(&beside(database, "-wal")) > 0 {
        return Err(foreign(
            database,
            "the database file is missing or empty, and the log holds its changes",
        ));
    }
    Ok(())
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn named(path: &str) -> Result<&str, OpenError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') || path.contains('?') {
        return Err(OpenError::BadUrl("`sqlite:` is followed by the path of a file".to_owned()));
    }
    Ok(path)
}

/// Returns the path of the file, which need not exist. Its folder is created unless it exists.
pub(crate) fn place(path: &str) -> Result<PathBuf, OpenError> {
    let path = named(path)?;
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{path}: {error}"));
    let path = std::path::absolute(path).map_err(unreadable)?;
    if let Some(folder) = path.parent() {
        private_folder().create(folder).map_err(unreadable)?;
    }
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        found => found.map_err(unreadable),
    }
}

/// Locks `PATH.lock` until the returned file is dropped. The operating system releases the lock
/// when the process ends.
pub(crate) fn claim(database: &Path) -> Result<File, OpenError> {
    let path = beside(database, ".lock");
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{}: {error}", path.display()));
    let file = open_private(&path).map_err(unreadable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(unreadable(error)),
    }
}

/// Returns whether a process has claimed the file.
pub(super) fn is_claimed(database: &Path) -> bool {
    let lock = File::open(beside(database, ".lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn open_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().create(true).truncate(false), path)
}

/// Creates a file for its owner alone; fails if it exists.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().create_new(true), path)
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
