//! The role-based access control engine: permission checks without I/O.
//!
//! **When to use it alone.** To check wildcard permissions (`kb:*`) in any program, with users
//! and roles stored elsewhere. It depends on `thiserror` alone.
//!
//! **What this crate is.** Three values and two checks. A [`Permission`] is what an operation requires
//! (`kb:read`), a [`Pattern`] is what a role grants (`kb:*`), a [`PermissionSet`] is all grants of a
//! member, compiled for fast checks. The checks: does the holder have a permission
//! ([`PermissionSet::allows`], or [`PermissionSet::decide`] for the reason), and may the holder grant a
//! pattern to others ([`PermissionSet::covers`])? In the terms of NIST RBAC (INCITS 359) this is the
//! permission side of Core RBAC; users, sessions and role assignment are in other crates.
//!
//! **What it may depend on.** `thiserror`, and no other crate of this workspace. No clock, no runtime,
//! no storage.
//!
//! **Where to start reading.** `glob.rs`, the algorithm with the proof that it serves both checks; then
//! `pattern.rs`, then `set.rs`.
//!
//! ```
//! use bailiwick_rbac::{Decision, Pattern, Permission, PermissionSet};
//!
//! let editor = PermissionSet::parse(["kb:r*", "kb:write", "*:list"])?;
//!
//! assert!(editor.allows(&Permission::parse("kb:read")?));
//! assert!(editor.covers(&Pattern::parse("kb:re*")?));
//! assert!(!editor.covers(&Pattern::parse("kb:*")?));
//!
//! let delete = Permission::parse("kb:delete")?;
//! match editor.decide(&delete) {
//!     Decision::Allowed { grant } => unreachable!("{grant} is too generous"),
//!     Decision::Missing { required, nearest } => {
//!         assert_eq!(required.as_str(), "kb:delete");
//!         assert_eq!(nearest.map(Pattern::as_str), Some("kb:r*"));
//!     }
//! }
//! # Ok::<(), bailiwick_rbac::PatternError>(())
//! ```

mod decision;
mod error;
mod glob;
mod pattern;
mod permission;
mod set;
mod syntax;

pub use decision::Decision;
pub use error::PatternError;
pub use pattern::Pattern;
pub use permission::Permission;
pub use set::PermissionSet;
pub use syntax::MAX_HALF;
