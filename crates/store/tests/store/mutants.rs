//! Broken stores that only a database can show, on PostgreSQL.

use bailiwick_testkit::app::Engine;
use bailiwick_testkit::mutants;

use crate::fixture::Fixture;

/// Number of rounds of a race. A missing lock or barrier shows only in a few of them.
const ROUNDS: u32 = 100;

#[test]
#[ignore = "takes minutes"]
fn every_mutant_that_memory_cannot_show_is_killed() {
    let Some(engine) = Engine::postgres_or_left_out("the mutants") else { return };
    let mutants: Vec<_> = mutants::chosen().into_iter().filter(mutants::needs_database).collect();
    let report = mutants::measure(async || Fixture::on(&engine).await, ROUNDS, &mutants);
    println!("{report}");
    let alive: Vec<_> = report.alive().collect();
    assert!(alive.is_empty(), "{alive:#?}");
}
