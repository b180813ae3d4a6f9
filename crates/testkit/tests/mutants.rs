//! The conformance suite finds broken stores.

use bailiwick_testkit::MemoryStore;
use bailiwick_testkit::mutants::{self, Mutant, Report};

/// One of so many mutants is run with the other tests.
const ONE_OF: usize = 25;
/// Number of rounds of a race. A mutant is broken in every round.
const ROUNDS: u32 = 5;

#[test]
fn a_sample_of_the_mutants_is_killed() {
    let sample: Vec<_> = mutants::all().into_iter().step_by(ONE_OF).collect();
    assert_killed(&sample);
}

/// `BAILIWICK_MUTANTS` chooses those whose name contains it. With `BAILIWICK_MUTANTS_IDLE`, those that changed
/// nothing in any case are printed too.
#[test]
#[ignore = "takes minutes"]
fn every_mutant_is_killed() {
    let mutants = mutants::chosen();
    let report = assert_killed(&mutants);
    if std::env::var("BAILIWICK_MUTANTS_IDLE").is_ok() {
        report.idle().for_each(|name| println!("  changed nothing: {name}"));
    }
    if mutants.len() == mutants::all().len() {
        assert_eq!(mutants::outdated(&report), [""; 0], "exceptions that are no longer needed");
    }
}

fn assert_killed(mutants: &[Mutant]) -> Report {
    let report = mutants::measure(async || MemoryStore::new(), ROUNDS, mutants);
    println!("{report}");
    assert_eq!(mutants::unexpected(&report), [""; 0], "mutants that survive and are no exceptions");
    report
}
