//! The audit trail: who did what, to whom, when, and what it changed.
//!
//! A command says what it changed ([`crate::Work::note`]); [`crate::App::run`]
//! adds who and when, and stores all of it with the change or not at all. Start
//! reading at [`note`] (what a command says), then [`entry`] (what is stored).

pub mod action;
pub mod entry;
pub mod event;
mod list;
pub mod target;
mod trail;

pub use action::{Action, Actions};
pub use entry::{AuditFilter, Entry};
pub use event::{AuditEvent, Shown};
pub use list::{ListAudit, ListPlatformAudit};
pub use target::{Target, TargetKind};

pub(crate) use trail::AuditTrail;
