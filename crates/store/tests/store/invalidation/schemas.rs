//! Schemas of one database: each is invalidated for itself, and by every writer of it.

use std::time::{Duration, Instant};

use bailiwick_app::authority::cache::{CacheKey, Invalidation};
use bailiwick_store::{OpenError, Options, open};
use bailiwick_testkit::app::{Database, Engine, sql};
use bailiwick_users::User;
use tokio::sync::broadcast::Receiver;

use super::{LONG, Node, changes};
use crate::fixture::{Fixture, in_schema};

/// Less than the wait for a node that does not acknowledge.
const ACKNOWLEDGED: Duration = Duration::from_secs(2);

/// A database with an account in each schema, and a table `users` of another program in `public`.
async fn with_accounts(schemas: &[&str]) -> Option<(Database, Vec<User>)> {
    let place = Engine::postgres_or_left_out("schemas")?.create().await;
    sql::execute(place.url(), "CREATE TABLE users (id integer, status text); INSERT INTO users VALUES (1)")
        .await;
    let mut accounts = Vec::new();
    for schema in schemas {
        accounts.push(Fixture::in_schema(&place, schema).await.user("ada").await);
    }
    Some((place, accounts))
}

async fn next(watcher: &mut Receiver<std::sync::Arc<Invalidation>>) -> Invalidation {
    let change = tokio::time::timeout(LONG, watcher.recv()).await.unwrap().unwrap();
    Invalidation::clone(&change)
}

fn account(user: &User) -> Invalidation {
    Invalidation::Keys(vec![CacheKey::User(user.id)])
}

#[tokio::test]
async fn the_nodes_of_one_schema_are_told() {
    let Some((place, users)) = with_accounts(&["identity"]).await else { return };
    let options = in_schema("identity");
    let nodes = [Node::start_in(place.url(), &options).await, Node::start_in(place.url(), &options).await];
    let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
    for round in 0..6 {
        nodes[round % 2].set_active(&users[0], round % 2 == 1).await;
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [account(&users[0])], "{round}: when its writer is answered");
        }
    }
    let outwaited: u64 = nodes.iter().map(|node| node.cache.metrics().outwaited.counts().sum::<u64>()).sum();
    assert_eq!(outwaited, 0, "each change was acknowledged");
}

#[tokio::test]
async fn direct_sql_with_any_search_path_is_told() {
    let Some((place, users)) = with_accounts(&["identity"]).await else { return };
    let node = Node::start_in(place.url(), &in_schema("identity")).await;
    let mut watcher = node.cache.watch();
    for path in ["DEFAULT", "''", "public, pg_catalog"] {
        let update =
            "UPDATE identity.users SET status = 'inactive'; UPDATE identity.users SET status = 'active'";
        sql::execute(place.url(), &format!("SET search_path = {path}; {update}")).await;
        for _ in 0..2 {
            assert_eq!(next(&mut watcher).await, account(&users[0]), "{path}");
        }
    }
    sql::execute(place.url(), "UPDATE users SET status = 'inactive'").await;
    sql::execute(place.url(), "TRUNCATE identity.users CASCADE").await;
    assert_eq!(next(&mut watcher).await, Invalidation::Everything, "the other table is silent");
}

#[tokio::test]
async fn an_audit_row_with_any_search_path_is_in_the_feed_of_its_schema() {
    let Some((place, _)) = with_accounts(&["one", "two"]).await else { return };
    let row =
        "INSERT INTO one.audit_log (id, action, at) VALUES (gen_random_uuid(), 'account.sign_up', now())";
    for path in ["DEFAULT", "''", "public, pg_catalog", "two"] {
        sql::execute(place.url(), &format!("SET search_path = {path}; {row}")).await;
    }
    let rows = "SELECT (SELECT count(*) FROM one.feed) || ' ' || (SELECT count(*) FROM two.feed)";
    assert_eq!(sql::rows(place.url(), rows).await, ["4 0"]);
}

#[tokio::test]
async fn two_schemas_do_not_meet() {
    let Some((place, users)) = with_accounts(&["one", "two"]).await else { return };
    let one = Node::start_in(place.url(), &in_schema("one")).await;
    let two = Node::start_in(place.url(), &in_schema("two")).await;
    let (mut of_one, mut of_two) = (one.cache.watch(), two.cache.watch());
    // A writer of the other schema does not wait for a node of this one, which does not acknowledge.
    let silent = "INSERT INTO two.authority_leases (id, pid) VALUES (gen_random_uuid(), 0)";
    sql::execute(place.url(), silent).await;
    assert!(one.set_active(&users[0], false).await < ACKNOWLEDGED);
    assert_eq!(changes(&mut of_one), [account(&users[0])]);
    // Notifications come in the order of the commits.
    sql::execute(place.url(), "UPDATE two.users SET status = 'inactive'").await;
    assert_eq!(next(&mut of_two).await, account(&users[1]), "the first that it is told");
    assert!(changes(&mut of_one).is_empty());
}

#[tokio::test]
async fn a_transaction_over_two_schemas_has_a_change_in_each() {
    let Some((place, _)) = with_accounts(&["one", "two"]).await else { return };
    let all = "BEGIN; UPDATE one.users SET status = 'inactive'; UPDATE two.users SET status = 'inactive';
        UPDATE two.users SET status = 'active';
        SELECT split_part(current_setting('bailiwick_one.change'), ':', 2) || ' '
            || split_part(current_setting('bailiwick_two.change'), ':', 2)
            || coalesce(current_setting('bailiwick.change', true), '')";
    assert_eq!(sql::rows(place.url(), all).await, ["1 2"]);
}

/// A schema that the search path of the role named has the names that every schema had, and keeps them
/// when it is named by the options, because nodes of both kinds may serve it.
#[tokio::test]
async fn a_schema_that_was_served_without_its_name_keeps_the_common_names() {
    let Some((place, _)) = with_accounts(&[]).await else { return };
    sql::execute(place.url(), "CREATE SCHEMA app").await;
    let by_path = format!("{}?options=-csearch_path%3Dapp", place.url());
    open(&by_path, &Options::default()).await.unwrap().migrate().await.unwrap();
    let f = Fixture::in_schema(&place, "app").await;
    let ada = f.user("ada").await;
    let channel = "SELECT app.authority_channel() || ' ' || app.authority_settings()";
    assert_eq!(sql::rows(place.url(), channel).await, ["authority bailiwick"]);
    let nodes = [Node::start(&by_path).await, Node::start_in(place.url(), &in_schema("app")).await];
    let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
    for round in 0..4 {
        assert!(nodes[round % 2].set_active(&ada, round % 2 == 1).await < ACKNOWLEDGED);
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [account(&ada)], "{round}");
        }
    }
}

#[tokio::test]
async fn a_schema_is_served_without_its_name_in_the_options() {
    let Some((place, users)) = with_accounts(&["identity"]).await else { return };
    let by_path = format!("{}?options=-csearch_path%3Didentity", place.url());
    let nodes = [Node::start(&by_path).await, Node::start_in(place.url(), &in_schema("identity")).await];
    let mut watchers = nodes.each_ref().map(|node| node.cache.watch());
    for round in 0..2 {
        assert!(nodes[round % 2].set_active(&users[0], round % 2 == 1).await < ACKNOWLEDGED);
        for watcher in &mut watchers {
            assert_eq!(changes(watcher), [account(&users[0])], "{round}");
        }
    }
}

#[tokio::test]
async fn each_schema_has_its_own_migration_lock() {
    let Some((place, _)) = with_accounts(&["one"]).await else { return };
    let (client, connection) = tokio_postgres::connect(place.url(), tokio_postgres::NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let lock = "SELECT pg_advisory_lock(hashtextextended('two', 7093451268337405))";
    client.batch_execute(lock).await.unwrap();
    let soon = |schema| Options { start_wait: Duration::from_secs(1), ..in_schema(schema) };
    let two = open(place.url(), &soon("two")).await.unwrap();
    assert!(matches!(two.migrate().await, Err(OpenError::TimedOut { .. })));
    let schemas = "SELECT nspname FROM pg_namespace WHERE nspname IN ('two', 'three')";
    assert!(sql::rows(place.url(), schemas).await.is_empty(), "nothing is created before the lock");
    let three = open(place.url(), &soon("three")).await.unwrap();
    assert!(!three.pending_migrations().await.unwrap().is_empty());
    assert!(sql::rows(place.url(), schemas).await.is_empty(), "asking creates nothing");
    assert!(!three.migrate().await.unwrap().is_empty());
    client.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    assert!(!two.migrate().await.unwrap().is_empty());
    drop(client);
    driver.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_role_that_may_not_create_serves_a_schema_that_exists() {
    let Some((place, _)) = with_accounts(&["identity"]).await else { return };
    let role = format!("guest_{}", place.url().rsplit('/').next().unwrap());
    let rights = format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA identity TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA identity TO {role}"
    );
    sql::execute(place.url(), &rights).await;
    let as_role = place.url().replace("bailiwick@", &format!("{role}@"));
    let database = open(&as_role, &in_schema("identity")).await.unwrap();
    assert_eq!(database.migrate().await.unwrap(), [""; 0]);
    let other = open(&as_role, &in_schema("other")).await.unwrap().migrate().await.unwrap_err();
    assert!(other.to_string().contains("42501"), "{other}");
    drop(database);
    sql::execute(place.url(), &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_schema_that_cannot_be_is_refused() {
    for name in ["", "Identity", "a\"b", "pg_x", &"a".repeat(49)] {
        let error = open("postgres://127.0.0.1/none", &in_schema(name)).await.unwrap_err();
        assert!(matches!(error, OpenError::BadSchemaName(_)), "{name}: {error}");
    }
    let started = Instant::now();
    let error = open("sqlite:nowhere/bailiwick.db", &in_schema("identity")).await.unwrap_err();
    assert_eq!(error, OpenError::SchemaInFile);
    let error = bailiwick_store::inspect("sqlite:nowhere/bailiwick.db", &in_schema("identity")).await;
    assert_eq!(error.unwrap_err(), OpenError::SchemaInFile);
    assert!(started.elapsed() < LONG && !std::path::Path::new("nowhere").exists());
}
