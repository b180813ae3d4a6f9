//! The data directory, which holds the files of the service.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Creates the directory with mode 0700 if it is missing.
pub fn create(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Reads the secret in `path`. If the file is missing, writes it with the result of `make`, readable
/// by its owner alone.
pub fn kept_secret(path: &Path, make: impl FnOnce() -> String) -> io::Result<String> {
    if let Some(secret) = read_secret(path)? {
        if is_open_to_others(path) {
            tracing::warn!(file = %path.display(), "others can read this secret; run chmod 600 on it");
        }
        return Ok(secret);
    }
    let secret = make();
    keep(path, secret.as_bytes())?;
    tracing::info!(file = %path.display(), "a secret was generated");
    Ok(secret)
}

/// Reads the secret in `path`; `None` if the file is missing.
pub fn read_secret(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(secret) => Ok(Some(secret.trim_end().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether users other than the owner can read or change the file.
pub fn is_open_to_others(path: &Path) -> bool {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    mode & 0o077 != 0
}

/// Sets the mode of a folder to 0700.
pub fn close_to_others(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Returns the name that [`keep`] gives a file until it is complete.
pub fn unfinished(path: &Path) -> PathBuf {
    path.with_extension(format!("{}.new", std::process::id()))
}

/// Writes a file with mode 0600, atomically, so that an interrupted start leaves no partial secret.
pub fn keep(path: &Path, secret: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

/// Gives a file to the owner of its folder, as root restores files of the user of the service.
pub fn give_to_owner_of(folder: &Path, file: &Path) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if fs::metadata(file)?.uid() == owner.uid() {
        return Ok(());
    }
    chown(file, Some(owner.uid()), Some(owner.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_its_owners() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        create(&data).unwrap();
        assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
        let file = data.join("jwt_secret");
        assert_eq!(kept_secret(&file, || "first".to_owned()).unwrap(), "first");
        assert_eq!(kept_secret(&file, || "second".to_owned()).unwrap(), "first");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    }
}
