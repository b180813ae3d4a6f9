//! `bailiwick restore FOLDER`.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use bailiwick::store::{CopyContents, check_copy, restore_from};

use super::manifest::Manifest;
use super::{DATABASE, MANIFEST, failure, file_of, key_names, with_progress};
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};
use crate::supervisor::Supervisor;
use crate::{cli, data_dir, database};

/// Checks a backup, puts it in the place of the database and the keys, and prints where the
/// former files are.
pub async fn restore(
    settings: &Settings,
    arguments: &cli::Restore,
    supervisor: &Supervisor,
) -> Result<(), Failure> {
    let file = file_of(settings)?;
    supervisor.leaves_to("the backup to be checked and copied");
    let folder = &arguments.folder;
    let manifest = read(folder)?;
    let (copy, options) = (folder.join(DATABASE), database::options(settings));
    let in_copy = |error| database::failure(DatabaseUrl::Sqlite(copy.clone()), error);
    let contents = check_copy(&copy, &options).await.map_err(in_copy)?;
    if (CopyContents { migrations: manifest.migrations.clone(), rows: manifest.rows.clone() }) != contents {
        return Err(refused(&copy, "its contents differ from the manifest"));
    }
    let data = settings.server.data_dir.as_path();
    data_dir::create(data).map_err(failure(data))?;
    let now = SystemClock.now();
    let suffix = format!(".before-{}", now.unix_micros());
    let end_sessions_at = (!arguments.keep_sessions).then_some(now);
    let whole = fs::metadata(&copy).map_or(0, |metadata| metadata.len());
    let (growing, url) = (PathBuf::from(format!("{}.restoring", file.display())), settings.database_url());
    let address = url.reveal();
    let restoring = restore_from(&address, &copy, &suffix, end_sessions_at, &options);
    let kept = with_progress("Restoring the database", &growing, whole, restoring).await;
    let mut kept = kept.map_err(|error| database::failure(url, error))?;
    kept.extend(keys(&manifest, folder, data, &suffix)?);
    let mut out = stdout().lock();
    writeln!(out, "Restored {}", file.display())?;
    for former in kept {
        writeln!(out, "Former file {}", former.display())?;
    }
    let ended = if arguments.keep_sessions {
        "Sessions and mailed links are as in the backup"
    } else {
        "All sessions have ended, and mailed links work no more, invitations apart"
    };
    writeln!(out, "{ended}")?;
    Ok(())
}

fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Backup { path: path.to_owned(), problem: problem.to_owned() }
}

/// The manifest, whose files are all there and unaltered.
fn read(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).map_err(failure(&path))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| refused(&path, &error.to_string()))?;
    if !manifest.files.iter().any(|entry| entry.name == Path::new(DATABASE)) {
        return Err(refused(&path, "it names no database"));
    }
    for entry in &manifest.files {
        let path = folder.join(&entry.name);
        if let Some(fault) = entry.fault(folder).map_err(failure(&path))? {
            return Err(refused(&path, fault));
        }
    }
    Ok(manifest)
}

/// Puts the keys in place. A key that is the same stays.
fn keys(manifest: &Manifest, folder: &Path, data: &Path, suffix: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut kept = Vec::new();
    for name in key_names().filter(|name| manifest.files.iter().any(|entry| entry.name == *name)) {
        let (from, to) = (folder.join(&name), data.join(&name));
        let key = fs::read(&from).map_err(failure(&from))?;
        match fs::read(&to) {
            Ok(former) if former == key => continue,
            Ok(former) => {
                let aside = PathBuf::from(format!("{}{suffix}", to.display()));
                data_dir::keep(&aside, &former).map_err(failure(&aside))?;
                kept.push(aside);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failure(&to)(error)),
        }
        data_dir::keep(&to, &key).map_err(failure(&to))?;
    }
    Ok(kept)
}
