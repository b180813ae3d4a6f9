//! Errors of the settings, each with the name of the setting, the cause and the remedy.

use std::path::Path;

use super::keys::names_of;

/// An error in the settings. It never shows the value of a setting that may be secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// No setting has this name.
    #[error("unknown setting {name}, {origin}: {remedy}")]
    Unknown {
        /// The name as it was written.
        name: String,
        /// The place where it was written.
        origin: String,
        /// The remedy.
        remedy: String,
    },
    /// A setting has an invalid value.
    #[error("setting {name}, {origin}: {problem}")]
    Invalid {
        /// The variable and the key of the setting.
        name: String,
        /// The source of the value.
        origin: String,
        /// The cause and the remedy.
        problem: String,
    },
    /// A file of settings cannot be read.
    #[error("{file}: {problem}")]
    File {
        /// The path of the file.
        file: String,
        /// The cause and the remedy.
        problem: String,
    },
}

impl SettingsError {
    /// Returns the error for the setting `key`, whose value comes from `origin`.
    pub fn invalid(key: &str, origin: &str, problem: impl Into<String>) -> Self {
        Self::Invalid { name: names_of(key), origin: origin.to_owned(), problem: problem.into() }
    }

    pub(super) fn file(file: &Path, problem: impl Into<String>) -> Self {
        Self::File { file: file.display().to_string(), problem: problem.into() }
    }
}
