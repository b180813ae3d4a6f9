//! The manifest of a backup.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use bailiwick::kernel::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The contents of `manifest.json`. It is written last, so a folder without it is no complete backup.
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    /// The release that wrote the backup.
    pub version: String,
    /// The time at which it was written.
    pub created_at: Timestamp,
    /// The versions of the migrations of the database.
    pub migrations: Vec<String>,
    /// The number of rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// The other files.
    pub files: Vec<Entry>,
}

/// A file of the backup.
#[derive(Serialize, Deserialize)]
pub struct Entry {
    /// Its name in the folder.
    pub name: PathBuf,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Entry {
    /// Returns the entry of a file, with the checksum of its present contents.
    pub fn of(folder: &Path, name: &Path) -> io::Result<Self> {
        Ok(Self { name: name.to_owned(), sha256: sha256(&folder.join(name))? })
    }

    /// Checks the file in this folder; returns its fault, if any.
    pub fn fault(&self, folder: &Path) -> io::Result<Option<&'static str>> {
        let mut parts = self.name.components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return Ok(Some("the manifest names a file outside of the folder"));
        }
        Ok((sha256(&folder.join(&self.name))? != self.sha256)
            .then_some("its checksum differs from the manifest: copy it again, or use another backup"))
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        hash.update(buffer.get(..length).unwrap_or_default());
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
