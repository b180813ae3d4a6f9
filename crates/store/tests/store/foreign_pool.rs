//! A pool that belongs to another program.

use std::collections::BTreeMap;

use bailiwick_kernel::StoreError;
use bailiwick_store::{Database, OpenError, Options, PostgresPool};
use bailiwick_testkit::app::{Engine, sql};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;

use crate::fixture::{Fixture, in_schema, new_user};

/// What a session of the other program has. Nothing of it suits the queries of the store.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", "shop"),
    ("statement_timeout", "7s"),
    ("idle_in_transaction_session_timeout", "11s"),
    ("lock_timeout", "1ms"),
    ("default_transaction_isolation", "serializable"),
    ("default_transaction_read_only", "on"),
    ("synchronous_commit", "off"),
    ("lc_messages", "POSIX"),
    ("TimeZone", "Asia/Kathmandu"),
    ("DateStyle", "German, DMY"),
];

/// Makes a pool of at most `size` connections for a program with a table `users` in the schema `shop`.
pub async fn shop(url: &str, size: usize) -> PostgresPool {
    prepare(url).await;
    pool(url, size)
}

/// Creates the table of that program.
pub async fn prepare(url: &str) {
    let table = "CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.users (id integer)";
    sql::execute(url, table).await;
}

/// Makes the pool.
pub fn pool(url: &str, size: usize) -> PostgresPool {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| {
        async move {
            let mut conn = AsyncPgConnection::establish(url).await?;
            let set = |(name, value): &(&str, &str)| format!("SET {name} = {value:?};").replace('"', "'");
            let settings: String = SETTINGS.iter().map(set).collect();
            conn.batch_execute(&settings).await.unwrap();
            Ok(conn)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    PostgresPool::builder(manager).max_size(size).build().unwrap()
}

/// Whether the connections of the pool are as the other program made them. They are compared by the
/// other program, in statements of its own.
async fn assert_unchanged(url: &str, pool: &PostgresPool, what: &str) {
    let mut conn = pool.get().await.unwrap();
    let report = SETTINGS
        .iter()
        .map(|(name, _)| format!("INSERT INTO public.report SELECT '{name}', current_setting('{name}');"));
    let statements = format!("BEGIN READ WRITE; {} COMMIT", report.collect::<String>());
    sql::execute(url, "DROP TABLE IF EXISTS report; CREATE TABLE report (name text, value text)").await;
    for statement in ["SELECT id FROM users", &statements] {
        conn.batch_execute(statement).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    drop(conn);
    let found = sql::rows(url, "SELECT name || '=' || value FROM report").await;
    let found: BTreeMap<_, _> = found.iter().filter_map(|row| row.split_once('=')).collect();
    assert_eq!(found, SETTINGS.iter().copied().collect(), "{what}");
    let open = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert!(sql::rows(url, open).await.is_empty(), "{what}");
}

async fn backend(pool: &PostgresPool, url: &str) -> Vec<String> {
    let mut conn = pool.get().await.unwrap();
    conn.batch_execute(
        "BEGIN READ WRITE; CREATE TABLE public.own_pid AS SELECT pg_backend_pid() AS pid; COMMIT",
    )
    .await
    .unwrap();
    let pid = sql::rows(url, "SELECT pid FROM own_pid").await;
    sql::execute(url, "DROP TABLE own_pid").await;
    pid
}

#[tokio::test]
async fn its_connections_are_returned_as_they_were() {
    let Some(engine) = Engine::postgres_or_left_out("a pool of others") else { return };
    let place = engine.create_migrated().await;
    let (url, pool) = (place.url(), shop(place.url(), 1).await);
    let database = Database::from_postgres_pool(pool.clone(), None, &Options::default()).unwrap();
    let (store, ids) = (database.store(), crate::fixture::Ids::new());
    assert_eq!(database.migrate().await.unwrap(), [""; 0]);
    assert_unchanged(url, &pool, "migrated").await;
    let first = backend(&pool, url).await;

    let mut tx = store.begin().await.unwrap();
    tx.users().insert(&new_user(&ids, "ada")).await.unwrap();
    tx.commit().await.unwrap();
    assert_unchanged(url, &pool, "committed").await;
    store.begin_read().await.unwrap().rollback().await.unwrap();
    assert_unchanged(url, &pool, "rolled back").await;
    store.ping().await.unwrap();
    store.record_activity(&[]).await.unwrap();
    store.fold_names().await.unwrap();
    store.await_invalidation().await.unwrap();
    assert_unchanged(url, &pool, "maintained").await;
    assert_eq!(backend(&pool, url).await, first, "one connection did it all");

    let mut tx = store.begin().await.unwrap();
    tx.users().insert(&new_user(&ids, "ben")).await.unwrap();
    drop(tx);
    assert_unchanged(url, &pool, "dropped").await;
    assert_ne!(backend(&pool, url).await, first, "a connection with an open transaction is closed");
    let mut tx = store.begin().await.unwrap();
    let twice = new_user(&ids, "ada");
    tx.users().insert(&twice).await.unwrap_err();
    tx.rollback().await.unwrap();
    assert_unchanged(url, &pool, "failed").await;
    assert_eq!(sql::rows(url, "SELECT count(*) FROM users").await, ["1"]);
}

#[tokio::test]
async fn it_can_be_migrated_into_a_schema() {
    let Some(engine) = Engine::postgres_or_left_out("a schema by a pool of others") else { return };
    let place = engine.create().await;
    let (url, pool) = (place.url(), shop(place.url(), 1).await);
    let database = Database::from_postgres_pool(pool.clone(), None, &in_schema("identity")).unwrap();
    assert_eq!(database.pending_migrations().await.unwrap(), database.migrate().await.unwrap());
    assert_eq!(database.migrate().await.unwrap(), [""; 0]);
    assert_unchanged(url, &pool, "migrated").await;
    let mut tx = database.store().begin().await.unwrap();
    tx.users().insert(&new_user(&crate::fixture::Ids::new(), "ada")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sql::rows(url, "SELECT count(*) FROM identity.users").await, ["1"]);
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'report'";
    assert!(sql::rows(url, tables).await.is_empty());
}

#[tokio::test]
async fn a_busy_pool_is_waited_for_as_long_as_an_own_one() {
    let Some(f) = Fixture::postgres().await else { return };
    let pool = shop(&f.url, 1).await;
    let store = Database::from_postgres_pool(pool.clone(), None, &Options::default()).unwrap().store();
    let held = pool.get().await.unwrap();
    let refused = store.begin().await.err().unwrap();
    assert_eq!(refused, StoreError::Unavailable("the pool gave no connection in time".to_owned()));
    drop(held);
    store.begin().await.unwrap().rollback().await.unwrap();
}

#[tokio::test]
async fn a_url_or_a_schema_that_cannot_be_is_refused() {
    let manager = AsyncDieselConnectionManager::new("postgres://127.0.0.1/none");
    let pool = PostgresPool::builder(manager).build().unwrap();
    let refused = Database::from_postgres_pool(pool.clone(), Some("mysql://db"), &Options::default());
    assert!(matches!(refused.unwrap_err(), OpenError::BadUrl(_)));
    let refused = Database::from_postgres_pool(pool, None, &in_schema("pg_x"));
    assert!(matches!(refused.unwrap_err(), OpenError::BadSchemaName(_)));
}
