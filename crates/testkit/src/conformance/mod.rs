//! The conformance suite of a store. Each sentence of the ports has a case here, so an adapter
//! that passes the suite can replace any other.
//!
//! An adapter runs the whole suite with one macro call:
//!
//! ```
//! bailiwick_testkit::conformance!(in_memory, async { bailiwick_testkit::MemoryStore::new() });
//! # fn main() {}
//! ```
//!
//! The second argument is a future of a [`Fixture`] with an empty store. It is evaluated anew for
//! every case, and the fixture is dropped after it, together with the directory or database that
//! it owns. A race runs [`Fixture::rounds`] rounds; the environment variable
//! `BAILIWICK_RACE_ROUNDS` overrides that number.
//!
//! A store that writes one transaction at a time says so by [`Fixture::capabilities`], because races between
//! writers then show less.
//!
//! To add a case, write it in the file of its port and name it in `list.rs`. The compiler warns
//! about a case that is not named there.
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
mod boundaries;
mod capabilities;
mod catalogue;
mod complete_rows;
mod directory;
mod every_method;
mod feed;
mod invalidation;
mod invalidation_barrier;
mod invites;
mod member_search;
mod memberships;
mod orgs;
mod outbox;
mod page_sessions;
mod platform;
mod races;
mod races_of_accounts;
mod races_of_attempts;
mod races_of_invitations;
mod races_of_mail;
mod races_of_organizations;
mod races_of_roles;
mod races_of_sessions;
mod races_of_the_feed;
mod received_invitations;
mod refresh;
mod retention;
mod role_deletion;
mod role_grants;
mod role_holders;
mod role_levels;
mod roles;
mod secrets;
mod sessions;
mod sizes;
mod texts;
mod tickets;
mod told_apart;
mod transactions;
mod users;
mod view;
mod world;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::Store;

use crate::MemoryStore;
use crate::runner::{Deviation, Outcome, Suite, registry};

use world::World;

/// Default number of rounds of a race.
pub const ROUNDS: u32 = 200;

/// An empty store and what it needs while it is open, such as a directory or a database.
pub trait Fixture {
    /// Returns the store. Every call returns the same data.
    fn store(&self) -> Arc<dyn Store>;

    /// Number of rounds of a race. An adapter with slow transactions returns fewer.
    fn rounds(&self) -> u32 {
        ROUNDS
    }

    /// What the store can do beyond what the ports demand. The suite checks it.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// The cases that the store is not meant to pass, each with its reason.
    fn deviations(&self) -> &'static [Deviation] {
        &[]
    }
}

/// What a store can do beyond what the ports demand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// Whether several transactions can write at a time. If not, races between writers cannot show a missing lock
    /// or a check before a write; the suite runs them nevertheless, and prints that.
    pub concurrent_writers: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { concurrent_writers: true }
    }
}

every_conformance_test! { [registry] }

fn suite<X: Fixture>() -> Suite<World, X> {
    Suite { cases: CASES, open: |name, fixture| open(name, &**fixture), deviations: Fixture::deviations }
}

fn open(name: &str, fixture: &impl Fixture) -> World {
    if name.starts_with("races") && !fixture.capabilities().concurrent_writers {
        println!("{name} shows no missing lock, because this store writes one transaction at a time");
    }
    World::new(name, fixture)
}

/// Runs the test of this name, `roles::a_role_is_found_as_it_was_stored`, on a fixture of
/// its own; for [`conformance!`](crate::conformance!).
///
/// # Panics
///
/// If the store does not do what the case expects, or no case has this name.
pub fn run<X: Fixture>(name: &str, fixture: impl AsyncFnOnce() -> X) {
    suite().run(name, fixture);
}

/// Runs every case, each on a fixture of its own, and returns for each its name and the message of
/// its panic, if it failed. Four run at a time, because a store mostly waits. Blocks the thread; may be
/// called within a runtime.
pub fn run_all<X: Fixture>(fixture: impl AsyncFn() -> X + Sync) -> Vec<Outcome> {
    suite().run_all(fixture)
}

/// Returns the names of all cases.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// Runs one case on a thread of its own; the message of its panic if it fails.
pub(crate) fn outcome<X: Fixture>(
    name: &str,
    timeout: Duration,
    fixture: &(impl AsyncFn() -> X + Sync),
) -> Result<(), String> {
    suite().outcome(name, timeout, fixture)
}

impl Fixture for MemoryStore {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.clone())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { concurrent_writers: false }
    }
}
