//! The database file: finding it, creating it, and refusing what is beside it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_sql::OpenError;

use super::location::{Location, beside};
use super::log_check::{self, foreign};
use super::open_files;
use super::private::{open_private, private_folder};

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
    // The claim belongs to the file itself, because several links may lead to it.
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
