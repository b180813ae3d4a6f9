//! `bailiwick backup FOLDER`.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use bailiwick::store::{OpenError, copy_to};

use super::manifest::{Entry, Manifest};
use super::{DATABASE, MANIFEST, failure, file_of, key_names, with_progress};
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};
use crate::supervisor::Supervisor;
use crate::{data_dir, database};

/// The folder within the backup that holds the files until all of them are written.
const PARTIAL: &str = ".partial";

/// Writes a backup, also beside a running service, and prints the saved files. A failure or a signal
/// leaves no file behind.
pub async fn create(settings: &Settings, folder: &Path, supervisor: &Supervisor) -> Result<(), Failure> {
    let file = file_of(settings)?;
    supervisor.leaves_to("the copy of the database");
    let unfinished = prepare(folder)?;
    let written = match supervisor.uninterrupted(|removed| make(folder, removed)) {
        Ok(()) => write(settings, &file, &folder.join(PARTIAL)).await,
        Err(failure) => Err(failure),
    };
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
    let mut out = stdout().lock();
    for entry in &entries {
        writeln!(out, "Saved {}", folder.join(&entry.name).display())?;
    }
    if settings.jwt.secret.is_some() {
        writeln!(out, "Not saved: JWT_SECRET, which is a setting; keep the settings as well")?;
    }
    Ok(())
}

/// Refuses a folder with files, and returns the paths to remove if this backup fails. Removes the
/// remains of an earlier backup that was killed.
fn prepare(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut unfinished = made_in(folder);
    if folder.join(PARTIAL).is_dir() {
        remove(&unfinished);
    }
    let refused = |problem: &str| Failure::Backup { path: folder.to_owned(), problem: problem.to_owned() };
    match fs::read_dir(folder).map(|mut entries| entries.next()) {
        Ok(None) => Ok(unfinished),
        Ok(Some(_)) => Err(refused("the folder is not empty; name a new one")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            unfinished.push(folder.to_owned());
            Ok(unfinished)
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(refused("it is a file; name a new folder"))
        }
        Err(error) => Err(failure(folder)(error)),
    }
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

/// Creates the folder with mode 0700, and adds to `removed` what a signal removes.
fn make(folder: &Path, removed: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let partial = folder.join(PARTIAL);
    let made = if folder.exists() { &partial } else { folder };
    *removed = vec![made.to_owned()];
    data_dir::create(folder).map_err(failure(folder))?;
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
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
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
