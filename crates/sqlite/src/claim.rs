//! The claim of the process that serves from a file.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use bailiwick_sql::OpenError;

use super::location::beside;
use super::open_files;
use super::private::open_private;

/// Locks `PATH.lock` until the returned file is dropped. The operating system releases the lock
/// when the process ends.
pub(crate) fn claim(database: &Path) -> Result<Arc<File>, OpenError> {
    let path = beside(database, ".lock");
    let unreadable = |error: io::Error| OpenError::Unreadable(format!("{}: {error}", path.display()));
    let file = open_private(&path).map_err(unreadable)?;
    match file.try_lock() {
        Ok(()) => open_files::keep(file).map_err(unreadable),
        Err(TryLockError::WouldBlock) if open_files::is_open(&path) => Err(OpenError::OpenTwice),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => Err(unreadable(error)),
    }
}

/// Returns whether a process has claimed the file.
pub(super) fn is_claimed(database: &Path) -> bool {
    let lock = File::open(beside(database, ".lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
