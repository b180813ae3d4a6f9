//! `bailiwick backup FOLDER`.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use bailiwick::store::copy_to;

use super::manifest::{Entry, Manifest};
use super::{DATABASE, MANIFEST, failure, file_of, key_names, with_progress};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::supervisor::Supervisor;
use crate::{data_dir, database};

/// Writes a backup, also beside a running service, and prints what is in it. What fails
/// leaves no files behind.
pub async fn create(settings: &Settings, folder: &Path, supervisor: &Supervisor) -> Result<(), Failure> {
    let file = file_of(settings)?;
    supervisor.leaves_to("the copy of the database");
    prepare(folder)?;
    let written = write(settings, &file, folder).await;
    if written.is_err() {
        for name in [PathBuf::from(DATABASE), PathBuf::from(MANIFEST)].into_iter().chain(key_names()) {
            let _ = fs::remove_file(folder.join(name));
        }
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

/// An empty folder for the owner alone.
fn prepare(folder: &Path) -> Result<(), Failure> {
    data_dir::create(folder).map_err(failure(folder))?;
    if fs::read_dir(folder).map_err(failure(folder))?.next().is_some() {
        let problem = "the folder is not empty; name a new one".to_owned();
        return Err(Failure::Backup { path: folder.to_owned(), problem });
    }
    data_dir::close_to_others(folder).map_err(failure(folder))
}

async fn write(settings: &Settings, file: &Path, folder: &Path) -> Result<Vec<Entry>, Failure> {
    let (url, options) = (settings.database_url(), database::options(settings));
    let copy = folder.join(DATABASE);
    let whole = fs::metadata(file).map_or(0, |metadata| metadata.len());
    let address = url.reveal();
    let copying = copy_to(&address, &copy, &options);
    let contents = with_progress("Copying the database", &copy, whole, copying).await;
    let contents = contents.map_err(|error| database::failure(url, error))?;
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
