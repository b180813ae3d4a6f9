//! The audit trail.

mod accounts;
mod changes;
mod invitations;
mod list;
mod members;
mod organizations;
mod secrets;
mod throttles;
mod trail;

pub use trail::promoted;
