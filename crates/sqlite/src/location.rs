//! Where the database file is, and the files beside it.

use std::path::{Path, PathBuf};

/// Location of a file.
pub(super) struct Location {
    /// The path in the configuration. Symbolic links are resolved anew at each check.
    pub named: PathBuf,
    /// The path without symbolic links.
    pub path: PathBuf,
}

/// Returns the path of a file that SQLite keeps beside the database.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
