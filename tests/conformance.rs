//! Both databases keep what a store promises.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::sync::Arc;

use bailiwick::store::{self, Options};
use bailiwick_testkit::app::{Database, Engine};
use bailiwick_testkit::conformance::Fixture;

/// A migrated database of its own.
struct OnDatabase {
    store: store::Database,
    rounds: u32,
    _database: Database,
}

impl OnDatabase {
    async fn new(engine: Engine, rounds: u32) -> Self {
        let database = engine.create().await;
        let store = store::open(database.url(), &Options::default()).await.expect("the database opens");
        store.migrate().await.expect("it is migrated");
        Self { store, rounds, _database: database }
    }
}

impl Fixture for OnDatabase {
    fn store(&self) -> Arc<dyn bailiwick::app::Store> {
        self.store.store()
    }

    fn rounds(&self) -> u32 {
        self.rounds
    }
}

bailiwick_testkit::conformance!(on_sqlite, OnDatabase::new(Engine::Sqlite, 200));

/// One test for the whole suite, so that it can be left out as a whole.
#[test]
fn on_postgres() {
    let Some(engine) = Engine::postgres_or_left_out("the conformance suite") else { return };
    let outcomes = bailiwick_testkit::conformance::run_all(|| OnDatabase::new(engine.clone(), 40));
    let failed: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    println!("{} promises kept", outcomes.len());
}
