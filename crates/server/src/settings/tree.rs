//! All settings as a tree of values with their sources.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use serde::de::DeserializeOwned;

use super::keys::{DECLARED, SHORT_NAMES, key_of_long_name, names_of};
use super::nearest::nearest;
use super::variables::{self, Flags, Variable};
use super::{SettingsError, files};

/// The source of a default.
const SHIPPED: &str = "not set";

/// Dotted keys with values and sources. The shipped file fixes the keys and the type of each value.
pub struct Tree(BTreeMap<String, Leaf>);

struct Leaf {
    value: ValueKind,
    origin: String,
}

impl Tree {
    /// Reads what is set in the directory `dir`, with the variables `environment` and these flags.
    pub fn read(
        dir: &Path,
        environment: &BTreeMap<String, String>,
        flags: &Flags,
    ) -> Result<Self, SettingsError> {
        let variables = variables::merged(dir, environment, flags)?;
        let mut tree = Self::shipped(super::SHIPPED)?;
        for file in files::to_read(dir, &variables)? {
            tree.lay_file(&file)?;
        }
        tree.lay_variables(&variables)?;
        Ok(tree)
    }

    /// Converts the tree to `T`, which has all settings or some of them.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        self.to_value().try_deserialize().map_err(|error| self.explain(error))
    }

    /// Returns the unchecked text of `key`; `None` if it is empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.0.get(key)?.value {
            ValueKind::String(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Reads the defaults.
    fn shipped(text: &str) -> Result<Self, SettingsError> {
        let leaves = parse(text, Path::new("default.toml"))?;
        let leaf = |(key, value)| (key, Leaf { value, origin: SHIPPED.to_owned() });
        Ok(Self(leaves.into_iter().map(leaf).collect()))
    }

    /// Overrides values with those of a file.
    fn lay_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| SettingsError::file(path, unreadable(&error)))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let origin = format!("from {}", path.display());
        for (key, value) in parse(text, path)? {
            self.set(&key, &key, value, &origin)?;
        }
        Ok(())
    }

    /// Overrides values with those of variables. Within one source, a short name takes precedence over
    /// the long one.
    fn lay_variables(&mut self, variables: &[Variable]) -> Result<(), SettingsError> {
        for places in variables.chunk_by(|one, next| one.origin == next.origin) {
            for variable in places {
                if let Some(key) = key_of_long_name(&variable.name) {
                    self.lay_variable(&key, variable)?;
                }
            }
            for variable in places {
                if let Some((_, key)) = SHORT_NAMES.iter().find(|(name, _)| *name == variable.name) {
                    self.lay_variable(key, variable)?;
                }
            }
        }
        Ok(())
    }

    fn lay_variable(&mut self, key: &str, variable: &Variable) -> Result<(), SettingsError> {
        self.set(key, &variable.name, ValueKind::String(variable.value.clone()), variable.origin)
    }

    fn set(&mut self, key: &str, written: &str, value: ValueKind, origin: &str) -> Result<(), SettingsError> {
        let Some(leaf) = self.0.get_mut(key) else {
            return Err(self.unknown(key, written, origin));
        };
        let value = if key == DECLARED { tables(value) } else { like(&leaf.value, value) };
        let value = value.map_err(|expected| SettingsError::invalid(key, origin, expected))?;
        *leaf = Leaf { value, origin: origin.to_owned() };
        Ok(())
    }

    /// Returns the source of the value of `key`.
    pub fn origin(&self, key: &str) -> &str {
        self.0.get(key).map_or(SHIPPED, |leaf| &leaf.origin)
    }

    /// Returns the tree as one nested value.
    fn to_value(&self) -> Value {
        let mut sections: Map<String, Map<String, Value>> = Map::new();
        for (dotted, leaf) in &self.0 {
            let (section, key) = dotted.split_once('.').unwrap_or(("", dotted));
            let value = Value::new(Some(&leaf.origin), leaf.value.clone());
            sections.entry(section.to_owned()).or_default().insert(key.to_owned(), value);
        }
        Value::new(None, sections)
    }

    /// Converts an error of the parser to one that names the setting and its source.
    fn explain(&self, error: ConfigError) -> SettingsError {
        let (path, problem) = match error {
            ConfigError::At { error, key: Some(path), .. } => (path, error.to_string()),
            ConfigError::NotFound(path) => (path, "it is missing; add it".to_owned()),
            error => return SettingsError::file(Path::new("default.toml"), error.to_string()),
        };
        // An item of a list is `section.key[0]`, and a value in it `section.key[0]name`.
        let key = path.split('[').next().unwrap_or_default();
        let origin = self.origin(key);
        if key == DECLARED {
            let place = path.replace(']', "].");
            return SettingsError::invalid(place.trim_end_matches('.'), origin, problem);
        }
        SettingsError::invalid(key, origin, problem)
    }

    fn unknown(&self, key: &str, written: &str, origin: &str) -> SettingsError {
        let known = || self.0.keys().map(String::as_str);
        let section = key.split('.').next().unwrap_or_default();
        let in_section: Vec<_> =
            known().filter(|known| known.split('.').next() == Some(section)).map(names_of).collect();
        let others = if in_section.is_empty() {
            let mut sections: Vec<_> = known().filter_map(|known| known.split('.').next()).collect();
            sections.dedup();
            format!("there is no such section; the sections are {}", sections.join(", "))
        } else {
            format!("the settings of the section are {}", in_section.join(", "))
        };
        let remedy = match nearest(key, known()) {
            Some(similar) => format!("did you mean {}? Otherwise, {others}", names_of(similar)),
            None => others,
        };
        SettingsError::Unknown { name: written.to_owned(), origin: origin.to_owned(), remedy }
    }
}

/// Converts a value to the type of `model`. The error says what is expected and does not repeat the
/// text, which may be secret.
fn like(model: &ValueKind, value: ValueKind) -> Result<ValueKind, &'static str> {
    match (model, value) {
        (ValueKind::Boolean(_), ValueKind::String(text)) => match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(ValueKind::Boolean(true)),
            "false" | "0" | "no" | "off" => Ok(ValueKind::Boolean(false)),
            _ => Err("it is neither true nor false; write one of them"),
        },
        // A text that is no number is refused later by the type of the setting, which knows the range.
        (ValueKind::I64(_), ValueKind::String(text)) => {
            Ok(text.trim().parse().map_or(ValueKind::String(text), ValueKind::I64))
        }
        (ValueKind::Array(_), ValueKind::String(text)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(items.map(str::to_owned).collect::<Vec<_>>().into())
        }
        (ValueKind::Array(_), ValueKind::Array(items)) => {
            let all_texts = items.iter().all(|item| matches!(item.kind, ValueKind::String(_)));
            if all_texts {
                Ok(ValueKind::Array(items))
            } else {
                Err("its items are not all texts; quote them")
            }
        }
        (ValueKind::I64(_), value)
        | (ValueKind::Boolean(_), value @ ValueKind::Boolean(_))
        | (ValueKind::String(_), value @ ValueKind::String(_)) => Ok(value),
        (ValueKind::Boolean(_), _) => Err("it is neither true nor false; write one of them"),
        (ValueKind::Array(_), _) => Err("it is not a list; write [\"a\", \"b\"]"),
        _ => Err("it is not a text; put it in quotes"),
    }
}

/// Requires a list of tables.
fn tables(value: ValueKind) -> Result<ValueKind, &'static str> {
    match value {
        ValueKind::Array(items) if items.iter().all(|item| matches!(item.kind, ValueKind::Table(_))) => {
            Ok(ValueKind::Array(items))
        }
        _ => Err(
            "it is not a list of tables; write [[permissions.declared]] with name, description and role in a file of \
             settings",
        ),
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "it is a folder; name a file of settings".to_owned(),
        io::ErrorKind::InvalidData => "it is not valid UTF-8; save the file as UTF-8".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// Parses a TOML text into dotted keys and values.
fn parse(text: &str, path: &Path) -> Result<Vec<(String, ValueKind)>, SettingsError> {
    let parsed = File::from_str(text, FileFormat::Toml).collect();
    let root = parsed.map_err(|error| SettingsError::file(path, without_excerpt(&error.to_string())))?;
    let mut leaves = Vec::new();
    for (key, value) in root {
        flatten(key, value.kind, &mut leaves);
    }
    Ok(leaves)
}

fn flatten(key: String, value: ValueKind, leaves: &mut Vec<(String, ValueKind)>) {
    match value {
        ValueKind::Table(table) if key != DECLARED => {
            for (name, inner) in table {
                flatten(format!("{key}.{name}"), inner.kind, leaves);
            }
        }
        leaf => leaves.push((key, leaf)),
    }
}

/// Reduces a message of the parser to its first line, the place, and its last, the cause. The lines in
/// between quote the file, which may hold a secret.
fn without_excerpt(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let place = lines.next().unwrap_or("it is not TOML");
    match lines.next_back() {
        Some(reason) => format!("{place}: {reason}"),
        None => place.to_owned(),
    }
}
