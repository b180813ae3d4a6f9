//! The store in SQL, written once and compiled for each database. It depends on the database only
//! through `super::backend` and `super::invalidation`.

mod activity;
mod adapter;
mod lending;
mod maintenance;
pub(super) mod migrations;
pub(super) mod pool;
mod repos;
pub(super) mod run;
mod schema_support;
mod system_catalog;
mod transaction;

use super::{backend, invalidation};

pub(super) use adapter::Adapter;
pub(super) use maintenance::inspect;
pub(super) use migrations::run_migrations;
pub(super) use pool::pool;
pub(crate) use transaction::Transaction;
