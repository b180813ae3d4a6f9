//! The conformance suite finds broken stores.

use bailiwick_testkit::MemoryStore;
use bailiwick_testkit::mutants::{self, Mutant};

/// One of so many mutants is run with the other tests.
const ONE_OF: usize = 25;

/// Number of rounds of a race. A mutant is broken in every round.
const ROUNDS: u32 = 5;

/// A step that shares no divisor with the number of ways of most types, so that the sample has all sorts.
#[test]
fn a_sample_of_the_mutants_is_killed() {
    let sample: Vec<_> = mutants::all().into_iter().step_by(ONE_OF).collect();
    assert_killed(&sample);
}

#[test]
#[ignore = "takes minutes"]
fn every_mutant_is_killed() {
    assert_killed(&mutants::chosen());
}

fn assert_killed(mutants: &[Mutant]) {
    let report = mutants::measure(async || MemoryStore::new(), ROUNDS, mutants);
    let unexpected = mutants::unexpected(&report);
    println!("{report}");
    if std::env::var("BAILIWICK_MUTANTS_IDLE").is_ok() {
        report.idle().for_each(|name| println!("  changed nothing: {name}"));
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
