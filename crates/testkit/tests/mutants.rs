//! The conformance suite finds broken stores.

use bailiwick_testkit::MemoryStore;
use bailiwick_testkit::mutants::{self, Mutant};

/// Returns the mutants whose name contains the environment variable `BAILIWICK_MUTANTS`, all if it is not set.
fn chosen() -> Vec<Mutant> {
    let part = std::env::var("BAILIWICK_MUTANTS").unwrap_or_default();
    mutants::all().into_iter().filter(|mutant| mutant.to_string().contains(&part)).collect()
}

#[test]
#[ignore = "takes minutes"]
fn every_mutant_of_the_store_in_memory_is_killed() {
    let report = mutants::measure(async || MemoryStore::new(), &chosen());
    let unexpected = mutants::unexpected(&report);
    println!("{report}{}", unexpected.join("\n"));
    assert!(unexpected.is_empty(), "{} mutants are not as expected", unexpected.len());
}
