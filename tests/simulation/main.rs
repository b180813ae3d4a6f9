//! A simulation: random histories of use cases, on the store in memory, SQLite and PostgreSQL side by side.
//!
//! The applications on the stores have the same fakes of all other ports, and so the same ids, secrets and time.
//! Any difference between two answers or two states, and any broken invariant, fails the history, which
//! shrinks to a short one. A failure prints it as numbered lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod act;
mod coverage;
mod history;
mod invariants;
mod kind;
mod known;
mod run;
mod select;
mod side;
mod snapshot;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bailiwick_testkit::Flaw;
use bailiwick_testkit::app::Engine;
use kind::Kind;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use run::{Stores, run};

/// Number of histories of the usual run without PostgreSQL.
const CASES: u32 = 100;
/// Number of histories of the usual run on every store. Each takes several times as long, because each node on
/// PostgreSQL listens for changes and acknowledges them.
const FEW_CASES: u32 = 20;
/// The seed of the usual run.
const SEED: u64 = 20_260_102;

#[test]
fn stores_answer_alike_and_keep_the_invariants() {
    let seed = number("BAILIWICK_SIMULATE_SEED").unwrap_or(SEED);
    let on_a_file = Stores { flaw: None, engines: vec![Engine::Sqlite] };
    let missing = simulate(seed, CASES, &on_a_file).unwrap_or_else(|failure| panic!("{failure}"));
    if seed == SEED {
        assert_eq!(missing, [], "the kinds of steps that never succeeded");
    }
    if let Err(failure) = simulate(seed, FEW_CASES, &every_store()) {
        panic!("{failure}");
    }
}

#[test]
#[ignore = "takes ten minutes or BAILIWICK_SIMULATE_SECONDS: just simulate"]
fn for_long() {
    let time = Duration::from_secs(number("BAILIWICK_SIMULATE_SECONDS").unwrap_or(600));
    let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let mut seed = number("BAILIWICK_SIMULATE_SEED").unwrap_or(since_1970.as_secs());
    let (stores, started) = (every_store(), Instant::now());
    while started.elapsed() < time {
        if let Err(failure) = simulate(seed, FEW_CASES, &stores) {
            panic!("{failure}");
        }
        seed += 1;
    }
}

#[test]
fn flaws_of_a_store_are_found() {
    for flaw in [Flaw::MissingTenantFilter, Flaw::MissingInvalidation, Flaw::ListsUnused] {
        let stores = Stores { flaw: Some(flaw), engines: vec![Engine::Sqlite] };
        let failure = simulate(SEED, 2 * CASES, &stores).expect_err("a flaw that was not found");
        println!("{flaw:?}\n{failure}");
    }
}

/// Returns the stores that this machine can test.
fn every_store() -> Stores {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(Engine::postgres_or_left_out("the simulation"));
    Stores { flaw: None, engines }
}

/// Runs this many histories of a seed. Returns the kinds of steps that never succeeded. Fails with the shortest
/// history that fails.
fn simulate(seed: u64, cases: u32, stores: &Stores) -> Result<Vec<Kind>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 500,
        max_shrink_time: 120_000,
        ..Config::default()
    };
    let (started, succeeded) = (Instant::now(), RefCell::new(BTreeSet::new()));
    let outcome = TestRunner::new(config).run(&history::histories(), |history| {
        succeeded.borrow_mut().extend(runtime.block_on(run(&history, stores)).map_err(TestCaseError::fail)?);
        Ok(())
    });
    let kinds = Kind::ALL.iter().map(|(kind, _)| *kind);
    let missing: Vec<_> = kinds.filter(|kind| !succeeded.borrow().contains(kind)).collect();
    println!("seed {seed}: {cases} histories in {:.1?}; without success: {missing:?}", started.elapsed());
    outcome.map(|()| missing).map_err(|error| match error {
        TestError::Fail(why, history) => {
            format!("seed {seed}; addresses are verified: {}\n{why}", history.verifies)
        }
        TestError::Abort(why) => why.to_string(),
    })
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}
