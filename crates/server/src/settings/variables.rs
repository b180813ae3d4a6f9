//! Variables: those of the environment, and below them those of `.env`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::SettingsError;
use super::keys::{CONFIG_FILE, PREFIX, SHORT_NAMES};

/// A variable that is set, and not empty.
pub struct Variable {
    pub name: String,
    pub value: String,
    pub origin: &'static str,
}

/// Those of the environment that settings are made of.
pub fn of_process() -> Result<BTreeMap<String, String>, SettingsError> {
    std::env::vars_os().filter_map(relevant).collect()
}

fn relevant((name, value): (OsString, OsString)) -> Option<Result<(String, String), SettingsError>> {
    let name = name.into_string().ok()?;
    let known = SHORT_NAMES.iter().any(|(short, _)| *short == name);
    if !known && name != CONFIG_FILE && !name.starts_with(PREFIX) {
        return None;
    }
    Some(match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(SettingsError::Invalid {
            name,
            origin: "from the environment".to_owned(),
            problem: "it is not valid UTF-8; write it anew".to_owned(),
        }),
    })
}

/// All that are set, the weaker first. A variable of the environment hides the
/// one of the same name in `.env`, also when it is empty.
pub fn merged(dir: &Path, environment: &BTreeMap<String, String>) -> Result<Vec<Variable>, SettingsError> {
    let mut written = dot_env(&dir.join(".env"))?;
    written.retain(|name, _| !environment.contains_key(name));
    let weaker = variables(&written, "from .env");
    let stronger = variables(environment, "from the environment");
    Ok(weaker.chain(stronger).collect())
}

fn variables(map: &BTreeMap<String, String>, origin: &'static str) -> impl Iterator<Item = Variable> {
    let variable = move |(name, value): (&String, &String)| Variable {
        name: name.clone(),
        value: value.clone(),
        origin,
    };
    map.iter().filter(|(_, value)| !value.is_empty()).map(variable)
}

/// What is wrong in the file is told without its text: it holds secrets.
pub fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, SettingsError> {
    let mut found = BTreeMap::new();
    let entries = match dotenvy::from_path_iter(path) {
        Ok(entries) => entries,
        Err(dotenvy::Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(SettingsError::file(path, format!("it cannot be opened: {error}"))),
    };
    let mut last = "its beginning".to_owned();
    for entry in entries {
        let Ok((name, value)) = entry else {
            let problem =
                format!("the line after {last} is not NAME=value; put values with spaces in quotes");
            return Err(SettingsError::file(path, problem));
        };
        last.clone_from(&name);
        found.entry(name).or_insert(value);
    }
    Ok(found)
}
