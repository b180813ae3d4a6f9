//! Broken stores that the conformance suite cannot tell from a sound one in memory, on PostgreSQL.

use bailiwick_testkit::MemoryStore;
use bailiwick_testkit::app::Engine;
use bailiwick_testkit::mutants::{self, Mutant};

use crate::fixture::Fixture;

/// Runs every mutant in memory, and the survivors of those that only PostgreSQL can show.
#[test]
#[ignore = "takes minutes"]
fn mutants_that_survive_in_memory_are_killed_on_postgres() {
    let Some(engine) = Engine::postgres_or_left_out("the mutants") else { return };
    let all = mutants::chosen();
    let in_memory = mutants::measure(async || MemoryStore::new(), &all);
    let left: Vec<Mutant> = in_memory.left(&all).filter(|mutant| mutants::needs_database(mutant)).collect();
    let on_postgres = mutants::measure(async || Fixture::on(&engine).await, &left);
    println!("in memory: {in_memory}\non PostgreSQL: {on_postgres}");
    let survivors: Vec<_> = on_postgres.survivors().collect();
    assert!(survivors.is_empty(), "{} mutants survive on PostgreSQL", survivors.len());
}
