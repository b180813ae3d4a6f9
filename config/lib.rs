//! Every setting with its default and its meaning, embedded in the program: `default.toml`.
//!
//! May depend on nothing of the workspace.

/// The text of `default.toml`.
pub const DEFAULTS: &str = include_str!("default.toml");
