//! The file itself: who may read it, and who serves from it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::OpenError;

/// The file that the part of a URL after `sqlite:` names. It and its folder are
/// made, for their owner alone, unless they exist.
pub(crate) fn prepare(path: &str) -> Result<PathBuf, OpenError> {
    let path = named(path)?;
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{path}: {error}"));
    let path = std::path::absolute(path).map_err(unreadable)?;
    if let Some(folder) = path.parent() {
        private_folder().create(folder).map_err(unreadable)?;
    }
    // SQLite gives its other files the permissions of this one.
    open_private(&path).map_err(unreadable)?;
    // One file has one claim, whatever links lead to it.
    path.canonicalize().map_err(unreadable)
}

/// The same file if it exists; nothing is made.
pub(crate) fn find(path: &str) -> Result<PathBuf, OpenError> {
    let path = named(path)?;
    Path::new(path).canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => OpenError::Missing,
        _ => OpenError::Unreadable(format!("{path}: {error}")),
    })
}

fn named(path: &str) -> Result<&str, OpenError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') || path.contains('?') {
        return Err(OpenError::BadUrl("`sqlite:` is followed by the path of a file".to_owned()));
    }
    Ok(path)
}

/// Locks `PATH.lock`, for as long as the answer lives. A lock of the operating
/// system: it ends with its process, however that ends.
pub(crate) fn claim(database: &Path) -> Result<File, OpenError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
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
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
