//! What a store promises, as tests. Each sentence of the ports has one here, so
//! an adapter that passes can take the place of any other.
//!
//! An adapter's own tests are one call:
//!
//! ```
//! bailiwick_testkit::conformance!(in_memory, async { bailiwick_testkit::MemoryStore::new() });
//! # fn main() {}
//! ```
//!
//! The second argument is a future, built anew for every test, of a [`Fixture`]
//! around an empty store; whatever the store lives in (a directory, a database)
//! may die with the fixture. The races need [`Fixture::rounds`] rounds each; set
//! `BAILIWICK_RACE_ROUNDS` to overrule it.
//!
//! To add a test, write it in the file of its port and name it in `list.rs`; one
//! that is not named does not compile without a warning.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[macro_use]
mod transaction;
#[macro_use]
mod list;

mod activity;
mod addresses;
mod archive;
mod attempts;
mod audit;
mod catalogue;
mod directory;
mod invalidation;
mod invites;
mod member_search;
mod memberships;
mod orgs;
mod outbox;
mod platform;
mod races;
mod races_of_accounts;
mod races_of_attempts;
mod races_of_invitations;
mod races_of_mail;
mod races_of_organizations;
mod races_of_roles;
mod races_of_sessions;
mod received_invitations;
mod refresh;
mod retention;
mod role_deletion;
mod role_holders;
mod role_levels;
mod roles;
mod runner;
mod secrets;
mod sessions;
mod tickets;
mod transactions;
mod users;
mod view;
mod world;

use std::sync::Arc;

use bailiwick_app::Store;

use crate::MemoryStore;

pub use runner::{run, run_all};

/// How many rounds a race takes unless the fixture says otherwise.
pub const ROUNDS: u32 = 200;

/// An empty store, and whatever must live as long as it.
pub trait Fixture {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// How many rounds a race takes; fewer where rounds are slow.
    fn rounds(&self) -> u32 {
        ROUNDS
    }
}

impl Fixture for MemoryStore {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }
}
