//! What every store promises, promised by these two.

use std::sync::Arc;

use bailiwick_app::Store;
use bailiwick_testkit::conformance::{self, run_all};

use crate::fixture::Fixture;

impl conformance::Fixture for Fixture {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn rounds(&self) -> u32 {
        30
    }
}

bailiwick_testkit::conformance!(on_sqlite, Fixture::sqlite());

#[test]
fn on_postgres() {
    if !Fixture::has_server() {
        return;
    }
    let verdicts = run_all(async || Fixture::postgres().await.unwrap());
    let broken: Vec<_> = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
