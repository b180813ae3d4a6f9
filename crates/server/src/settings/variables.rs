//! Variables, in ascending precedence: those of `.env`, those of the environment, and the flags of the
//! command line, each of which stands for a variable.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

use super::keys::{CONFIG_FILE, PREFIX, SHORT_NAMES};
use super::{SettingsError, dotenv};

/// A variable with a value that is not empty.
pub struct Variable {
    pub name: String,
    pub value: String,
    pub origin: &'static str,
}

/// The settings that the command line gives. Their values may be secret.
#[derive(Clone, Default)]
pub struct Flags(Vec<Flag>);

#[derive(Clone)]
struct Flag {
    variable: &'static str,
    origin: &'static str,
    value: String,
}

impl Flags {
    /// Adds the flag `origin`, which sets `variable` to this value; `None` adds nothing.
    #[must_use]
    pub fn with(mut self, variable: &'static str, origin: &'static str, value: Option<&str>) -> Self {
        self.0.extend(value.map(|value| Flag { variable, origin, value: value.to_owned() }));
        self
    }

    fn variables(&self) -> impl Iterator<Item = Variable> {
        self.0.iter().map(|flag| Variable {
            name: flag.variable.to_owned(),
            value: flag.value.clone(),
            origin: flag.origin,
        })
    }
}

/// Returns the variables of the environment that are settings.
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

/// Returns the variables that are set, in ascending precedence. A variable of the environment overrides
/// that of the same name in `.env`, also if it is empty.
pub fn merged(
    dir: &Path,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Vec<Variable>, SettingsError> {
    let mut written = dot_env(&dir.join(".env"))?;
    written.retain(|name, _| !environment.contains_key(name));
    let from_file = variables(&written, "from .env");
    let from_environment = variables(environment, "from the environment");
    Ok(from_file.chain(from_environment).chain(flags.variables()).collect())
}

fn variables(map: &BTreeMap<String, String>, origin: &'static str) -> impl Iterator<Item = Variable> {
    let variable = move |(name, value): (&String, &String)| Variable {
        name: name.clone(),
        value: value.clone(),
        origin,
    };
    map.iter().filter(|(_, value)| !value.is_empty()).map(variable)
}

/// Reads the variables of `.env`. Of several lines for one name, the first counts. A missing file has
/// none.
pub fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, SettingsError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
            let problem = "it is a folder, and should be a file of lines NAME=value; rename the folder";
            return Err(SettingsError::file(path, problem));
        }
        Err(error) => return Err(SettingsError::file(path, format!("it cannot be read: {error}"))),
    };
    let written = dotenv::parse(&bytes).map_err(|fault| SettingsError::file(path, fault.to_string()))?;
    let mut variables = BTreeMap::new();
    for (name, value) in written {
        variables.entry(name).or_insert(value);
    }
    Ok(variables)
}
