//! The use cases below HTTP, on the memory store: the rules hold whoever calls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod audit;
mod granting;
mod housekeeping;
mod outbox;
mod proofs;
mod questions;
mod questions_answered;
mod role_matrix;
mod throttles;
mod world;
