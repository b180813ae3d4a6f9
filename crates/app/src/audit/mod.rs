//! The audit trail: actor, action, target, time and changed values of each change.
//!
//! A command reports its changes ([`crate::Work::audit`]); [`crate::App::run`] adds actor and time,
//! and stores the events if and only if the change commits. Start reading at [`event`] (what a
//! command reports), then [`entry`] (what is stored).

pub mod action;
pub mod entry;
pub mod event;
mod list;
pub mod target;
mod trail;

pub use action::{Action, Actions, Noun, OwnAction};
pub use entry::{AuditFilter, Entry};
pub use event::{AuditEvent, Shown};
pub use list::{ListAudit, ListPlatformAudit};
pub use target::{OwnTargetKind, Target, TargetKind};

pub(crate) use trail::AuditTrail;
