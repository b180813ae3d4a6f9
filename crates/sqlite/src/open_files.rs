//! The files that this process keeps open, to read their headers or to claim them.
//!
//! Each file has a single descriptor that stays open. When a process closes any descriptor of a file,
//! the operating system releases all locks of the process on that file, including those of SQLite.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// Device of a file, and its number on the device.
pub(super) type Identity = (u64, u64);

/// Opens a file, or returns the descriptor that the process already has.
pub(super) fn open(path: &Path, open: impl FnOnce() -> io::Result<File>) -> io::Result<Arc<File>> {
    let mut files = all();
    files.retain(|_, file| file.strong_count() > 0);
    if let Some(metadata) = found(path)?
        && let Some(file) = files.get(&identity(&metadata)).and_then(Weak::upgrade)
        && cfg!(unix)
    {
        return Ok(file);
    }
    let file = Arc::new(open()?);
    files.insert(identity(&file.metadata()?), Arc::downgrade(&file));
    Ok(file)
}

/// Remembers a file that was opened otherwise.
pub(super) fn keep(file: File) -> io::Result<Arc<File>> {
    let file = Arc::new(file);
    all().insert(identity(&file.metadata()?), Arc::downgrade(&file));
    Ok(file)
}

/// Returns whether this process keeps the file open.
pub(super) fn is_open(path: &Path) -> bool {
    let known =
        |metadata: &Metadata| all().get(&identity(metadata)).is_some_and(|file| file.strong_count() > 0);
    cfg!(unix) && found(path).is_ok_and(|metadata| metadata.as_ref().is_some_and(known))
}

fn all() -> MutexGuard<'static, HashMap<Identity, Weak<File>>> {
    static FILES: OnceLock<Mutex<HashMap<Identity, Weak<File>>>> = OnceLock::new();
    FILES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the metadata of a path; `None` if nothing exists there.
pub(super) fn found(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Identity {
    // An open file can be neither deleted nor replaced on this system.
    (0, 0)
}
