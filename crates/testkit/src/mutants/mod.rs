//! Broken stores, which measure the conformance suite: a suite that accepts one of them has a gap.
//!
//! A mutant is a store that answers through another one and breaks one method of one port in one way: it changes
//! an argument, the answer, or the effect. The mutants follow from the types of the ports. `port!` implements
//! a port from the list of its methods, and the compiler rejects a list that is not complete. Each type has its
//! ways to be changed, `values::Mutate`, and the compiler rejects a type without them.
//!
//! [`measure`] runs mutants against the suite, each until the first case that fails. [`unexpected`] compares the
//! survivors with `exceptions.rs`, where each exception has its reason.
//!
//! ```no_run
//! use bailiwick_testkit::{MemoryStore, mutants};
//!
//! let report = mutants::measure(async || MemoryStore::new(), 5, &mutants::all());
//! println!("{report}");
//! ```
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod answer;
mod argument;
mod call;
mod domain;
mod domain_of_app;
mod exceptions;
mod measure;
mod mutant;
mod port;
mod record;
mod repos;
mod store;
mod text;
mod tx;
mod values;

pub use exceptions::{needs_database, outdated, unexpected};
pub use measure::{Report, measure};
pub use mutant::Mutant;

/// Returns every mutant of every port, port by port.
pub fn all() -> Vec<Mutant> {
    store::mutants()
}

/// Returns the mutants whose name contains the environment variable `BAILIWICK_MUTANTS`, all if it is not set.
pub fn chosen() -> Vec<Mutant> {
    let part = std::env::var("BAILIWICK_MUTANTS").unwrap_or_default();
    all().into_iter().filter(|mutant| mutant.to_string().contains(&part)).collect()
}
