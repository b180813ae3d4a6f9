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
mod history;
mod invariants;
mod kind;
mod known;
mod run;
mod select;
mod side;
mod snapshot;

use bailiwick_testkit::app::Engine;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

/// Number of histories of the usual run.
const CASES: u32 = 40;
/// The seed of the usual run.
const SEED: u64 = 20_260_102;

#[test]
fn stores_answer_alike_and_keep_the_invariants() {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().map_or(SEED, |text| text.parse().unwrap());
    simulate(seed, CASES);
}

/// Runs this many histories of a seed. Panics with the shortest history that fails.
fn simulate(seed: u64, cases: u32) {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(Engine::postgres_or_left_out("the simulation"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let started = std::time::Instant::now();
    let outcome = TestRunner::new(config).run(&history::histories(), |history| {
        let outcome = runtime.block_on(run::run(&history, &engines));
        outcome.map_err(proptest::test_runner::TestCaseError::fail)
    });
    println!("{cases} histories of seed {seed} in {:?}", started.elapsed());
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, history)) => {
            panic!("seed {seed}; addresses are verified: {}\n{why}", history.verifies)
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}
