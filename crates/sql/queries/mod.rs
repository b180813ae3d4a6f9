//! The store in SQL, written once and compiled by the crate of each database. It depends on the
//! database only through `crate::backend` and `crate::invalidation`.

mod activity;
mod adapter;
mod lending;
mod maintenance;
pub(crate) mod migrations;
pub(crate) mod pool;
mod repos;
pub(crate) mod run;
mod schema_support;
mod system_catalog;
mod transaction;

use crate::{backend, invalidation};

pub(crate) use adapter::Adapter;
pub(crate) use maintenance::inspect;
pub(crate) use migrations::run_migrations;
pub(crate) use pool::pool;
pub(crate) use transaction::Transaction;
