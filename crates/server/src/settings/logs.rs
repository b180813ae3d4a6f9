//! Settings of logs.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::values::one_of;

/// The format of logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// Text for people.
    Pretty,
    /// One JSON object per line.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text, &[("pretty", Self::Pretty), ("json", Self::Json)])
    }
}

/// The least severe level that is logged. Each level includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum LogLevel {
    /// Failures.
    Error,
    /// Conditions that need attention.
    Warn,
    /// Events of the normal course.
    Info,
    /// Requests and causes.
    Debug,
    /// All other events.
    Trace,
}

const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

impl TryFrom<String> for LogLevel {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        one_of(&text, &LEVELS)
    }
}

/// A filter in the syntax of `tracing-subscriber`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogFilter(String);

impl LogFilter {
    /// Returns the filter as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Levels of other programs. They are refused, because a filter would take each for the name of a
/// target and mute all others.
const FOREIGN_LEVELS: [&str; 14] = [
    "verbose",
    "warning",
    "warnings",
    "information",
    "fatal",
    "critical",
    "notice",
    "emerg",
    "alert",
    "all",
    "none",
    "silent",
    "quiet",
    "true",
];

impl TryFrom<String> for LogFilter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let example = "write error, warn, info, debug, trace or off, or target=level separated by commas";
        let foreign = |part: &str| FOREIGN_LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part.trim()));
        if text.split(',').any(foreign) {
            return Err(format!("there is no such level; {example}"));
        }
        match EnvFilter::try_new(&text) {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!("{error}; {example}")),
        }
    }
}
