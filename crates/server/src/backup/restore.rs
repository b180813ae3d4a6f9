//! `bailiwick restore FOLDER`.

use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};

use bailiwick::infra::SystemClock;
use bailiwick::kernel::Clock;
use bailiwick::store::{CopyContents, OpenError, check_copy, prepare_restore};

use super::manifest::Manifest;
use super::{DATABASE, MANIFEST, failure, file_of, key_names, with_progress};
use crate::failure::Failure;
use crate::settings::{DatabaseUrl, Settings};
use crate::supervisor::Supervisor;
use crate::{cli, data_dir, database};

/// Checks a backup, replaces the database and the keys with it, and prints the paths of the former
/// files.
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
    let in_copy = |error: OpenError| refused(&copy, &error.to_string());
    let contents = check_copy(&copy, &options).await.map_err(in_copy)?;
    if (CopyContents { migrations: manifest.migrations.clone(), rows: manifest.rows.clone() }) != contents {
        return Err(refused(&copy, "its contents differ from the manifest"));
    }
    let data = settings.server.data_dir.as_path();
    if let Some(folder) = database::missing_folder(settings) {
        return Err(Failure::NoFolder { url: settings.database_url(), folder });
    }
    data_dir::create(data).map_err(failure(data))?;
    let now = SystemClock.now();
    let suffix = format!(".before-{}", now.unix_micros());
    let end_sessions_at = (!arguments.keep_sessions).then_some(now);
    let whole = fs::metadata(&copy).map_or(0, |metadata| metadata.len());
    let (growing, url) = (PathBuf::from(format!("{}.restoring", file.display())), settings.database_url());
    let address = url.reveal();
    let preparing = prepare_restore(&address, &copy, &suffix, end_sessions_at, &options);
    supervisor.removes(vec![growing.clone(), PathBuf::from(format!("{}-journal", growing.display()))]);
    let prepared = with_progress("Restoring the database", &growing, whole, preparing).await;
    let prepared = prepared.map_err(|error| not_restored(url, error))?;
    let failed = |error| not_restored(settings.database_url(), error);
    // A signal waits until the files are exchanged.
    let kept = supervisor.uninterrupted(|removed| {
        let restored = prepared.exchange().map_err(failed)?;
        removed.clear();
        // The database cannot be served until `finish`, so no service runs with keys that do not fit it.
        let keys = keys(&manifest, folder, data, &suffix)?;
        let mut kept = restored.finish().map_err(failed)?;
        kept.extend(keys);
        supervisor.leaves_to("its report to be printed: the restore is complete");
        Ok::<_, Failure>(kept)
    })?;
    report(settings, arguments, &manifest, &file, &kept);
    Ok(())
}

/// Prints what was done. Errors are ignored, because it is done without a reader, too.
fn report(settings: &Settings, arguments: &cli::Restore, manifest: &Manifest, file: &Path, kept: &[PathBuf]) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "Restored {}", file.display());
    for former in kept {
        let _ = writeln!(out, "Former file {}", former.display());
    }
    let ended = if arguments.keep_sessions {
        "Sessions and mailed links are as in the backup"
    } else {
        "All sessions have ended, and mailed links no longer work, except invitations"
    };
    let _ = writeln!(out, "{ended}");
    if settings.jwt.secret.is_some() && manifest.files.len() > 1 {
        let _ = writeln!(out, "JWT_SECRET is set, so the restored key is not used");
    }
}

/// Converts an error of the restore. A failure to write names the file, any other the database.
fn not_restored(url: DatabaseUrl, error: OpenError) -> Failure {
    match error {
        OpenError::NotWritten { path, problem } => Failure::Backup { path: path.into(), problem },
        error => database::failure(url, error),
    }
}

fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Backup { path: path.to_owned(), problem: problem.to_owned() }
}

/// Reads the manifest, and checks that every file it names exists with its checksum.
fn read(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            let unfinished = folder.join(super::PARTIAL).exists();
            refused(
                folder,
                if unfinished {
                    "the backup is unfinished: there is no manifest.json in it; use another backup"
                } else {
                    "it is no backup: there is no manifest.json in it"
                },
            )
        }
        _ => failure(&path)(error),
    })?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| {
        refused(&path, &format!("the manifest of the backup is damaged: {error}; use another backup"))
    })?;
    if !manifest.files.iter().any(|entry| entry.name == Path::new(DATABASE)) {
        return Err(refused(&path, "it names no database"));
    }
    for entry in &manifest.files {
        let path = folder.join(&entry.name);
        let fault = entry.fault(folder).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                refused(&path, "it is missing, and the manifest names it; use another backup")
            }
            _ => failure(&path)(error),
        });
        if let Some(fault) = fault? {
            return Err(refused(&path, fault));
        }
    }
    Ok(manifest)
}

/// Replaces the keys, and returns the paths of the former ones. An equal key is left as it is.
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
        data_dir::give_to_owner_of(data, &to).map_err(failure(&to))?;
    }
    Ok(kept)
}
