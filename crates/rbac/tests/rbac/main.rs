//! The engine against oracles that share no code with it.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed test panics

mod containment;
mod hostile;
mod matching;
mod oracle;
mod sets;
mod syntax;
