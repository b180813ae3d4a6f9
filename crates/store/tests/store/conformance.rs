//! The conformance suite of the testkit, on both adapters.

use std::sync::Arc;

use bailiwick_app::Store;
use bailiwick_testkit::app::Engine;
use bailiwick_testkit::conformance::{self, run_all};

use crate::fixture::Fixture;

impl conformance::Fixture for Fixture {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

bailiwick_testkit::conformance!(on_sqlite, Fixture::sqlite());

#[test]
fn on_postgres() {
    let Some(engine) = Engine::postgres_or_left_out("the conformance suite") else { return };
    let verdicts = run_all(async || Fixture::on(&engine).await);
    let broken: Vec<_> = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
