//! What is particular to the adapters: how they are opened, migrated, shared and
//! lost. The ports' contract is tested by the conformance suite of `testkit`.
//!
//! The PostgreSQL half needs a server: `BAILIWICK_TEST_POSTGRES` is the URL of a
//! superuser. Each test makes a database of its own and drops it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests are tests")]

mod concurrency;
mod fixture;
mod flow;
mod opening;
mod recovery;
