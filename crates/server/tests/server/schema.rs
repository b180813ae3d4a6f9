//! The schema as SQL, for teams that apply migrations with a tool of their own.

use bailiwick_testkit::app::{Database, Engine, sql};

use crate::support::WorkDir;

const SECRET: (&str, &str) = ("JWT_SECRET", "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a");
/// A migration of both databases in the middle of the history.
const MIDDLE: &str = "20261127000010";

fn printed(work_dir: &WorkDir, arguments: &[&str]) -> String {
    work_dir.run(&[&["schema", "--print"], arguments].concat(), &[]).succeeded().stdout
}

/// Applies the SQL to an empty database.
async fn applied(engine: &Engine, script: &str) -> Database {
    let database = engine.create().await;
    if let Some(path) = database.url().strip_prefix("sqlite:") {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
    }
    sql::execute(database.url(), script).await;
    database
}

/// The service finds nothing to migrate in the database, and serves from it.
fn assert_serves(work_dir: &WorkDir, database: &Database) {
    let environment = [("DATABASE_URL", database.url()), SECRET];
    let migrated = work_dir.run(&["migrate"], &environment).succeeded();
    assert_eq!(migrated.stdout, "Nothing to migrate\n");
    let service = work_dir.serve(&environment);
    service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
}

#[tokio::test]
async fn a_sqlite_file_made_by_the_printed_schema_is_as_the_service_makes_it() {
    let work_dir = WorkDir::new();
    let by_hand = applied(&Engine::Sqlite, &printed(&work_dir, &["--database", "sqlite"])).await;
    let by_service = Engine::Sqlite.create_migrated().await;
    let objects = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL \
        AND name <> '__diesel_schema_migrations' ORDER BY name";
    assert_eq!(sql::rows(by_hand.url(), objects).await, sql::rows(by_service.url(), objects).await);
    assert_serves(&work_dir, &by_hand);
}

#[tokio::test]
async fn a_postgres_database_made_by_the_printed_schema_serves() {
    let Some(postgres) = Engine::postgres_or_left_out("the printed schema") else { return };
    let work_dir = WorkDir::new();
    let database = applied(&postgres, &printed(&work_dir, &["--database", "postgres"])).await;
    assert_serves(&work_dir, &database);
}

#[tokio::test]
async fn a_schema_of_its_own_is_made_by_the_printed_schema() {
    let Some(postgres) = Engine::postgres_or_left_out("the printed schema with a name") else { return };
    let work_dir = WorkDir::new();
    let foreign = "CREATE TABLE users (id integer PRIMARY KEY, plan text);\n";
    let script = printed(&work_dir, &["--database", "postgres", "--schema", "identity"]);
    let database = applied(&postgres, &format!("{foreign}{script}")).await;
    let environment = [("DATABASE_URL", database.url()), ("BAILIWICK__DATABASE__SCHEMA", "identity"), SECRET];
    let migrated = work_dir.run(&["migrate"], &environment).succeeded();
    assert_eq!(migrated.stdout, "Nothing to migrate\n");
    let service = work_dir.serve(&environment);
    service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
    let accounts = sql::rows(database.url(), "SELECT count(*) FROM identity.users").await;
    assert_eq!(accounts, ["1"]);
    let names =
        "SELECT identity.authority_channel() || ' ' || count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(sql::rows(database.url(), names).await, ["authority_of_identity 1"]);
    work_dir.run(&["doctor"], &environment).succeeded();

    let by_setting = work_dir.run(
        &["schema", "--print", "--database", "postgres", "--after", MIDDLE],
        &[("BAILIWICK__DATABASE__SCHEMA", "identity")],
    );
    let upgrade = by_setting.succeeded().stdout;
    assert!(upgrade.contains("SET search_path = \"identity\", pg_temp;"), "{upgrade}");
    assert!(!upgrade.contains("SET bailiwick.own_schema"), "the names of a schema that exists stay");
}

#[tokio::test]
async fn a_database_is_upgraded_by_the_migrations_after_a_version() {
    let work_dir = WorkDir::new();
    let whole = printed(&work_dir, &[]);
    let later = printed(&work_dir, &["--after", MIDDLE]);
    let migrations = |script: &str| script.matches("\n-- Migration ").count();
    assert!(0 < migrations(&later) && migrations(&later) < migrations(&whole), "{later}");
    let first_later = later.find("\n-- Migration ").unwrap();
    let rest = later.get(first_later..).unwrap();
    let database = applied(&Engine::Sqlite, whole.strip_suffix(rest).unwrap()).await;
    sql::execute(database.url(), &later).await;
    assert_serves(&work_dir, &database);
}

#[test]
fn a_version_that_no_migration_has_is_refused() {
    let work_dir = WorkDir::new();
    let refused = work_dir.run(&["schema", "--print", "--after", "20250101000001"], &[]);
    refused.refused(&["--after: no migration has the version \"20250101000001\"; the newest one is 2026"]);
    let kind = work_dir.run(&["schema", "--print", "--database", "mysql"], &[]);
    assert_eq!(kind.code, Some(2), "{kind:?}");
}

#[test]
fn a_schema_that_cannot_be_is_refused() {
    let work_dir = WorkDir::new();
    let print = |arguments: &[&str]| work_dir.run(&[&["schema", "--print"], arguments].concat(), &[]);
    print(&["--database", "sqlite", "--schema", "identity"]).refused(&["--schema:", "only PostgreSQL has"]);
    let bad = print(&["--database", "postgres", "--schema", "public; DROP TABLE users"]);
    bad.refused(&["--schema:", "letters from a to z, digits and underscores"]);
    let on_file = work_dir.run(&["migrate"], &[("BAILIWICK__DATABASE__SCHEMA", "identity"), SECRET]);
    on_file.refused(&["only PostgreSQL has"]);
}
