//! Errors of the operator's templates.

/// The reason that a directory of templates cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateError {
    /// The directory or a file in it cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// The path.
        path: String,
        /// The cause.
        why: String,
    },
    /// No mail has a template of this name.
    #[error("{file} is not the name of a mail template: {remedy}")]
    UnknownName {
        /// The path.
        file: String,
        /// The names that there are.
        remedy: String,
    },
    /// A template is malformed, or asks for something that there is not.
    #[error("{file}, line {line}: {why}")]
    Broken {
        /// The path.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The cause.
        why: String,
    },
}
