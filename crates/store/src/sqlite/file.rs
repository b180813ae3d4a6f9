//! The file itself: who may read it, and who serves from it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::log_check::{self, beside, foreign};
use super::open_files;
use super::watch::Location;
use crate::OpenError;

/// Beside a database whose restore has not come to its end.
pub(super) const UNFINISHED: &str = ".restore-unfinished";

/// The file that the part of a URL after `sqlite:` names. It and its folder are
/// made, for their owner alone, unless they exist. It is not made beside a log that holds
/// changes of a file that is gone.
pub(crate) fn prepare(path: &str) -> Result<(Location, Arc<File>), OpenError> {
    let path = named(path)?;
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{path}: {error}"));
    let named = std::path::absolute(path).map_err(unreadable)?;
    if let Some(folder) = named.parent() {
        private_folder().create(folder).map_err(unreadable)?;
    }
    check_beside(&named)?;
    // SQLite gives its other files the permissions of this one.
    let file = open_files::open(&named, || open_private(&named)).map_err(unreadable)?;
    // One file has one claim, whatever links lead to it.
    let path = named.canonicalize().map_err(unreadable)?;
    check_beside(&path)?;
    Ok((Location { named, path }, file))
}

/// The same file if it exists and belongs to the log beside it; nothing is made or changed.
/// SQLite would delete a log that it takes for none, or write it into another file.
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

/// Refuses what lies beside no file or an empty one, and a restore that did not come to its end.
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

/// Where the file is or is to be. Its folder is made unless it exists.
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

/// Locks `PATH.lock`, for as long as the answer lives. A lock of the operating
/// system: it ends with its process, however that ends.
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

/// Makes a file for its owner alone; there must be none.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().create_new(true), path)
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
