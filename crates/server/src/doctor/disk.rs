//! Checks whether the service can write its files, and which other users can.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::mail::nonempty;
use super::report::{Check, Name};
use crate::database;
use crate::settings::{DatabaseUrl, Settings};

/// Free bytes below which a disk counts as nearly full.
const LITTLE: u64 = 64 << 20;
/// The bytes that are written to test a folder.
const PROBE: [u8; 4096] = [0; 4096];

/// Checks whether the data directory is a folder, and which other users can change its contents.
pub fn data_dir(settings: &Settings) -> Check {
    let name = Name::DataDir;
    let path = settings.server.data_dir.as_path();
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Check::ok(name, format!("{shown} is made at the first start"))
        }
        Err(error) => Check::failed(
            name,
            format!("{shown}: {error}"),
            "let the user of the service enter the folders above it, or name another DATA_DIR",
        ),
        Ok(found) if !found.is_dir() => {
            Check::failed(name, format!("{shown} is no folder"), "name a folder in DATA_DIR")
        }
        Ok(_) => permissions(path),
    }
}

/// Checks the modes. Writable by all users is a failure; writable by the group is a warning, because a
/// group may share the folder on purpose.
fn permissions(folder: &Path) -> Check {
    let name = Name::DataDir;
    if let Some(open) = writable_by(folder, 0o002) {
        let open = open.display();
        let message = format!("every user of this machine can write to {open}");
        return Check::failed(name, message, format!("run chmod o-w {open}"));
    }
    if let Some(open) = writable_by(folder, 0o020) {
        let open = open.display();
        let message = format!("others of its group can write to {open}");
        return Check::warning(
            name,
            message,
            format!("run chmod g-w {open}, unless the group is to share it"),
        );
    }
    Check::ok(name, format!("{} can be changed by its owner alone", folder.display()))
}

/// Returns the folder or an entry of it whose mode has this bit.
fn writable_by(folder: &Path, bit: u32) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let folder = folder.canonicalize().ok()?;
    let mut places = std::iter::once(folder).chain(entries);
    places.find(|place| {
        let found = fs::symlink_metadata(place);
        found.is_ok_and(|found| !found.is_symlink() && found.permissions().mode() & bit != 0)
    })
}

/// Checks the disks that hold the data directory and the file of the database.
pub fn disk(settings: &Settings) -> Check {
    let name = Name::Disk;
    if let Some(folder) = database::missing_folder(settings) {
        return Check::failed(
            name,
            format!("the folder {} of the database does not exist", folder.display()),
            "create it, or correct DATABASE_URL; only DATA_DIR is created",
        );
    }
    let places = places(settings);
    for place in &places {
        if let Err(error) = writable(place) {
            let message = format!("{} cannot be written to: {error}", place.display());
            return Check::failed(name, message, remedy(error.kind()));
        }
    }
    match places.iter().filter_map(|place| Some((free(place)?, place))).min() {
        Some((bytes, place)) if bytes < LITTLE => Check::warning(
            name,
            format!("{} MiB are left for {}", bytes >> 20, place.display()),
            "free space on that disk: writes are refused when it is full",
        ),
        Some((bytes, place)) => {
            Check::ok(name, format!("{} can be written to, {} MiB are left", place.display(), bytes >> 20))
        }
        None => Check::ok(name, "everything can be written to"),
    }
}

/// Returns the folders that are written to, or the closest existing ancestor of each, and the file of
/// the database.
fn places(settings: &Settings) -> BTreeSet<PathBuf> {
    let data_dir = settings.server.data_dir.as_path();
    let mut places = BTreeSet::from([existing(data_dir)]);
    if let DatabaseUrl::Sqlite(file) = settings.database_url() {
        places.insert(existing(file.parent().unwrap_or(Path::new(""))));
        places.extend(file.exists().then_some(file));
    }
    places
}

fn existing(path: &Path) -> PathBuf {
    let found = path.ancestors().map(nonempty).find(|path| path.exists());
    found.unwrap_or(Path::new("/")).to_owned()
}

/// Writes a file into the folder and removes it. Of a file, only the access rights are checked.
fn writable(place: &Path) -> io::Result<()> {
    if !place.is_dir() {
        return Ok(access(place, Access::READ_OK | Access::WRITE_OK)?);
    }
    access(place, Access::WRITE_OK | Access::EXEC_OK)?;
    let probe = place.join(format!(".bailiwick-doctor-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&probe)?;
    let written = file.write_all(&PROBE).and_then(|()| file.sync_all());
    fs::remove_file(&probe)?;
    written
}

fn free(place: &Path) -> Option<u64> {
    let found = statvfs(place).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk or the quota is full: free space, or move DATA_DIR and the database"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "the file system is mounted read-only: mount it for writing, and see in the system log why it is not"
        }
        ErrorKind::PermissionDenied => {
            "let the user of the service write there (chown, chmod), and run doctor as that user"
        }
        ErrorKind::FileTooLarge => "the size of files is limited (ulimit -f): raise the limit",
        _ => "see in the system log what is wrong with the disk",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_remedy_that_fits() {
        use rustix::io::Errno;
        for (errno, words) in [
            (Errno::NOSPC, "free space"),
            (Errno::DQUOT, "quota"),
            (Errno::ROFS, "read-only"),
            (Errno::ACCESS, "chown"),
            (Errno::FBIG, "ulimit"),
            (Errno::IO, "system log"),
        ] {
            let found = remedy(io::Error::from(errno).kind());
            assert!(found.contains(words), "{errno}: {found}");
        }
    }

    #[test]
    fn a_probe_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        writable(dir.path()).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
