//! Embeds `default.toml`, which documents every setting with its default, into the program.
//!
//! **When to use it alone.** Never: the program embeds it.
//!
//! Must not depend on another crate of the workspace.
//!
//! ```
//! assert!(bailiwick_config::DEFAULTS.contains("[throttle]"));
//! ```

/// The text of `default.toml`.
pub const DEFAULTS: &str = include_str!("default.toml");
