//! `bailiwick backup FOLDER`.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use bailiwick::store::{OpenError, copy_to};

use super::manifest::{Entry, Manifest};
use super::{DATABASE, MANIFEST, PARTIAL, failure, file_of, key_names, with_progress};
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};
use crate::supervisor::Supervisor;
use crate::{data_dir, database};

/// Writes a backup, also beside a running service, and prints the saved files. A failure or a signal
/// leaves no file behind.
pub async fn create(settings: &Settings, folder: &Path, supervisor: &Supervisor) -> Result<(), Failure> {
    let file = file_of(settings)?;
    supervisor.leaves_to("the copy of the database");
    let (unfinished, _lock) = supervisor.uninterrupted(|removed| {
        let (lock, is_new) = lock(folder)?;
        let unfinished = prepare(folder, is_new)?;
        make(folder, is_new, removed)?;
        Ok::<_, Failure>((unfinished, lock))
    })?;
    let written = write(settings, &file, &folder.join(PARTIAL)).await;
    let written = written.and_then(|entries| {
        supervisor.uninterrupted(|removed| {
            publish(folder, &entries)?;
            removed.clear();
            Ok(entries)
        })
    });
    if written.is_err() {
        // If a signal removed the files and so caused the failure, this blocks until the process exits.
        supervisor.uninterrupted(|removed| {
            remove(&unfinished);
            removed.clear();
        });
    }
    let entries = written?;
    report(settings, folder, &entries);
    Ok(())
}

/// Prints what was saved. Errors are ignored, because the backup is complete without a reader, too.
fn report(settings: &Settings, folder: &Path, entries: &[Entry]) {
    let mut out = stdout().lock();
    for entry in entries {
        let _ = writeln!(out, "Saved {}", folder.join(&entry.name).display());
    }
    if settings.jwt.secret.is_some() {
        let _ = writeln!(out, "Not saved: JWT_SECRET, which is a setting; keep the settings as well");
    } else if entries.iter().all(|entry| entry.name == Path::new(DATABASE)) {
        let _ = writeln!(out, "Not saved: a signing key, because there is none in DATA_DIR");
    }
}

fn refused(folder: &Path, problem: &str) -> Failure {
    Failure::Backup { path: folder.to_owned(), problem: problem.to_owned() }
}

/// Creates the folder if it is missing, and locks it until the returned file is dropped. Returns also
/// whether it was created.
fn lock(folder: &Path) -> Result<(File, bool), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(refused(folder, "it is a file; name a new folder"));
    }
    let is_new = !folder.exists();
    data_dir::create(folder).map_err(failure(folder))?;
    let lock = File::open(folder).map_err(failure(folder))?;
    match lock.try_lock() {
        Ok(()) => Ok((lock, is_new)),
        Err(TryLockError::WouldBlock) => Err(refused(folder, "another backup is writing there")),
        Err(TryLockError::Error(error)) => Err(failure(folder)(error)),
    }
}

/// Refuses a folder with files, and returns the paths to remove if this backup fails. Removes the
/// remains of an earlier backup that was killed.
fn prepare(folder: &Path, is_new: bool) -> Result<Vec<PathBuf>, Failure> {
    let mut unfinished = made_in(folder);
    if folder.join(PARTIAL).is_dir() {
        remove(&unfinished);
    }
    if fs::read_dir(folder).map_err(failure(folder))?.next().is_some() {
        return Err(refused(folder, "the folder is not empty; name a new one"));
    }
    unfinished.extend(is_new.then(|| folder.to_owned()));
    Ok(unfinished)
}

/// Returns every path that a backup may create in its folder, folders last.
fn made_in(folder: &Path) -> Vec<PathBuf> {
    let partial = folder.join(PARTIAL);
    let names = || [DATABASE, MANIFEST].into_iter().map(PathBuf::from).chain(key_names());
    let mut paths = vec![partial.join(format!("{DATABASE}-journal"))];
    for name in names() {
        paths.extend([folder.join(&name), partial.join(data_dir::unfinished(&name)), partial.join(name)]);
    }
    paths.push(partial);
    paths
}

fn remove(paths: &[PathBuf]) {
    for path in paths {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
    }
}

/// Sets the mode of the folder to 0700, creates the one within it, and adds to `removed` what a signal removes.
fn make(folder: &Path, is_new: bool, removed: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let partial = folder.join(PARTIAL);
    *removed = vec![if is_new { folder.to_owned() } else { partial.clone() }];
    data_dir::close_to_others(folder).map_err(failure(folder))?;
    data_dir::create(&partial).map_err(failure(&partial))
}

/// Moves the files to their final place, the manifest last.
fn publish(folder: &Path, entries: &[Entry]) -> Result<(), Failure> {
    let partial = folder.join(PARTIAL);
    let names = entries.iter().map(|entry| entry.name.as_path()).chain([Path::new(MANIFEST)]);
    for name in names {
        fs::rename(partial.join(name), folder.join(name)).map_err(failure(folder))?;
    }
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.and_then(|()| fs::remove_dir(partial)).map_err(failure(folder))
}

/// Converts an error of the copy. A failure to write names the folder of the backup, not the database.
fn not_copied(folder: &Path, url: DatabaseUrl, error: OpenError) -> Failure {
    match error {
        OpenError::NotWritten { problem, .. } => {
            Failure::Backup { path: folder.parent().unwrap_or(folder).to_owned(), problem }
        }
        error => database::failure(url, error),
    }
}

async fn write(settings: &Settings, file: &Path, folder: &Path) -> Result<Vec<Entry>, Failure> {
    let (url, options) = (settings.database_url(), database::options(settings));
    let copy = folder.join(DATABASE);
    let whole = fs::metadata(file).map_or(0, |metadata| metadata.len());
    let address = url.reveal();
    let copying = copy_to(&address, &copy, &options);
    let contents = with_progress("Copying the database", &copy, whole, copying).await;
    let contents = contents.map_err(|error| not_copied(folder, url, error))?;
    let mut names = vec![PathBuf::from(DATABASE)];
    for name in key_names() {
        let key = settings.server.data_dir.as_path().join(&name);
        match fs::read(&key) {
            Ok(bytes) => data_dir::keep(&folder.join(&name), &bytes).map_err(failure(&key))?,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failure(&key)(error)),
        }
        names.push(name);
    }
    let files = names.iter().map(|name| Entry::of(folder, name)).collect::<Result<Vec<_>, _>>();
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: SystemClock.now(),
        migrations: contents.migrations,
        rows: contents.rows,
        files: files.map_err(failure(folder))?,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| failure(folder)(error.into()))?;
    data_dir::keep(&folder.join(MANIFEST), &text).map_err(failure(folder))?;
    Ok(manifest.files)
}
