//! The use cases without HTTP, on the store in memory: the rules hold for every caller.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod activity;
mod addresses;
mod audit;
mod authz;
mod authz_answers;
mod cache;
mod deactivation;
mod deletion;
mod feed;
mod follow;
mod granting;
mod housekeeping;
mod outbox;
mod page_sessions;
mod passwords;
mod proofs;
mod renewal;
mod role_matrix;
mod setting_up;
mod sockets;
mod throttles;
mod world;
