//! The audit trail.

mod accounts;
mod changes;
mod invitations;
mod list;
mod logins;
mod members;
mod organizations;
mod secrets;
mod setup;
mod throttles;
mod trail;

pub use trail::{AuditLog, promoted};
