//! What is particular to the adapters: opening, migrations, sharing and lost connections; and the
//! conformance suite.
//!
//! The PostgreSQL tests need a server: `BAILIWICK_TEST_POSTGRES` is its URL, as a superuser. Each
//! test creates a database of its own and drops it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests"
)]

mod acceptances;
mod audit;
mod change_log;
mod concurrency;
mod conformance;
mod departures;
mod erasure;
mod failures;
mod fixture;
mod flow;
mod folding;
mod foreign_pool;
mod health;
mod invalidation;
mod mail_payload;
mod moves;
mod mutants;
mod opening;
mod recovery;
mod side_door;
mod slugs;
