//! The repositories: one text, compiled once per database. It knows the database
//! through `super::backend` and `super::telling` alone.

mod activity;
mod attempts;
mod audit;
mod directory;
mod folding;
mod health;
pub(super) mod migrations;
mod invites;
pub(super) mod pool;
mod orgs;
mod outbox;
mod paging;
mod platform;
mod role_deletion;
mod role_levels;
mod roles;
mod secrets;
mod sessions;
mod schema_support;
mod retention;
mod tickets;
mod transaction;
mod users;
mod view;

use super::{backend, telling};

pub(super) use health::inspect;
pub(super) use migrations::run_migrations;
pub(super) use pool::pool;
pub(super) use transaction::Adapter;
