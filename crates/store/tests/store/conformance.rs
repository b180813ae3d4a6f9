//! The conformance suite of the testkit, on both adapters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_app::Store;
use bailiwick_store::Database;
use bailiwick_testkit::app::{Engine, sql};
use bailiwick_testkit::conformance::{self, Capabilities, run_all};
use bailiwick_testkit::{MemoryStore, Outcome};

use crate::fixture::{Fixture, in_schema};
use crate::foreign_pool;

impl conformance::Fixture for Fixture {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn rounds(&self) -> u32 {
        self.rounds
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { concurrent_writers: self.is_postgres() }
    }
}

/// Number of rounds of a race where the same queries run as in another test.
const FEW_ROUNDS: u32 = 10;

bailiwick_testkit::conformance!(on_sqlite, Fixture::sqlite());

/// All cases in one database, each in a schema of its own and by a pool of another program, four at a
/// time, beside a table of the same name.
#[tokio::test]
async fn in_schemas_of_one_postgres_database_by_pools_of_others() {
    let Some(engine) = Engine::postgres_or_left_out("the conformance suite in schemas") else { return };
    let place = engine.create().await;
    sql::execute(place.url(), "CREATE TABLE users (id integer PRIMARY KEY, plan text)").await;
    sql::execute(place.url(), "INSERT INTO users VALUES (1, 'free')").await;
    foreign_pool::prepare(place.url()).await;
    let number = AtomicU32::new(0);
    let verdicts = run_all(async || {
        let schema = format!("case_{}", number.fetch_add(1, Ordering::Relaxed));
        let pool = foreign_pool::pool(place.url(), 8);
        let database = Database::from_postgres_pool(pool, Some(place.url()), &in_schema(&schema)).unwrap();
        let mut fixture = Fixture::of(&place, database).await;
        fixture.rounds = FEW_ROUNDS;
        fixture
    });
    let broken: Vec<_> = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(sql::rows(place.url(), "SELECT plan FROM users").await, ["free"]);
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(sql::rows(place.url(), tables).await, ["users"]);
}

#[test]
fn on_postgres() {
    let Some(engine) = Engine::postgres_or_left_out("the conformance suite") else { return };
    let verdicts = run_all(async || Fixture::on(&engine).await);
    let broken: Vec<_> = verdicts.iter().filter(|(_, verdict)| verdict.is_err()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_documented("PostgreSQL", &verdicts);
}

/// A store in memory, with short races.
struct ShortRaces(MemoryStore);

impl conformance::Fixture for ShortRaces {
    fn store(&self) -> Arc<dyn Store> {
        self.0.store()
    }

    fn rounds(&self) -> u32 {
        FEW_ROUNDS
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}

#[test]
fn the_documentation_says_what_passes_in_memory() {
    assert_documented("memory", &run_all(async || ShortRaces(MemoryStore::new())));
}

#[test]
fn the_documentation_says_what_passes_on_sqlite() {
    assert_documented(
        "SQLite",
        &run_all(async || {
            let mut fixture = Fixture::sqlite().await;
            fixture.rounds = FEW_ROUNDS;
            fixture
        }),
    );
}

/// Asserts that `docs/adapters.md` has the numbers of passed cases in the column of this store.
fn assert_documented(store: &str, outcomes: &[Outcome]) {
    let mut passed = BTreeMap::new();
    for (name, outcome) in outcomes {
        for row in [name.split("::").next().unwrap(), "all"] {
            *passed.entry(row.to_owned()).or_default() += u32::from(outcome.is_ok());
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adapters.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("<!-- begin: cases of the store -->").unwrap();
    let (table, _) = rest.split_once("<!-- end").unwrap();
    let cells =
        |row: &str| row.split('|').map(|cell| cell.trim_matches([' ', '`']).to_owned()).collect::<Vec<_>>();
    let rows: Vec<_> = table.trim().lines().map(cells).collect();
    let column = rows[0].iter().position(|title| title == store).unwrap();
    let documented: BTreeMap<String, u32> =
        rows[2..].iter().map(|row| (row[1].clone(), row[column].parse().unwrap())).collect();
    assert_eq!(documented, passed, "the column {store} of docs/adapters.md");
}
