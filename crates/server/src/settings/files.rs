//! Selects the files of settings.

use std::io;
use std::path::{Path, PathBuf};

use super::SettingsError;
use super::keys::CONFIG_FILE;
use super::variables::Variable;

/// Returns the file that BAILIWICK_CONFIG names, else `config/*.toml`, in ascending precedence.
/// `default.toml` comes first, so that a copy of the shipped file overrides no other.
pub fn to_read(dir: &Path, variables: &[Variable]) -> Result<Vec<PathBuf>, SettingsError> {
    match variables.iter().rfind(|variable| variable.name == CONFIG_FILE) {
        Some(named) => Ok(vec![dir.join(&named.value)]),
        None => listed(&dir.join("config")),
    }
}

fn listed(config: &Path) -> Result<Vec<PathBuf>, SettingsError> {
    let entries = match std::fs::read_dir(config) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(config, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(config, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml")
            && !is_hidden(&path)
            && !is_manifest(&path)
        {
            files.push(path);
        }
    }
    files.sort_by_key(|path| (path.file_name().is_none_or(|name| name != "default.toml"), path.clone()));
    Ok(files)
}

/// Returns whether the name begins with a dot, as that of temporary files of editors.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Returns whether the file is `Cargo.toml`. In the sources the folder is a crate, which embeds the
/// defaults.
fn is_manifest(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "Cargo.toml")
}

fn unreadable(config: &Path, error: &io::Error) -> SettingsError {
    SettingsError::file(config, format!("it cannot be listed: {error}"))
}
