//! Why the settings cannot be used: which one, what is wrong, what to do.

use std::path::Path;

use super::keys::names_of;

/// A fault in the settings. Never shows the value of a setting that may be secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// No setting has this name.
    #[error("unknown setting {name}, {origin}: {remedy}")]
    Unknown {
        /// As it was written.
        name: String,
        /// Where it was written.
        origin: String,
        /// What to write instead.
        remedy: String,
    },
    /// A setting has a value that it cannot have.
    #[error("setting {name}, {origin}: {problem}")]
    Invalid {
        /// Key and variables.
        name: String,
        /// Where the value comes from.
        origin: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A file of settings cannot be read.
    #[error("{file}: {problem}")]
    File {
        /// Which file.
        file: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl SettingsError {
    /// The setting `key`, as given by `origin`, cannot be used.
    pub fn invalid(key: &str, origin: &str, problem: impl Into<String>) -> Self {
        Self::Invalid { name: names_of(key), origin: origin.to_owned(), problem: problem.into() }
    }

    pub(super) fn file(file: &Path, problem: impl Into<String>) -> Self {
        Self::File { file: file.display().to_string(), problem: problem.into() }
    }
}
