//! Inspection of a database, which must not change it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bailiwick_store::{OpenError, Options, inspect, open};
use bailiwick_testkit::app::sql;
use bailiwick_users::UserChanges;

use crate::fixture::Fixture;

async fn health(url: &str) -> bailiwick_store::Health {
    inspect(url, &Options::default()).await.unwrap()
}

/// Names and contents of all files in a directory.
fn all_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut all: Vec<_> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_sound_database_has_nothing_to_tell() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        f.found("acme", &ada).await;
        let found = health(&f.url).await;
        assert_eq!(found.pending_migrations, [""; 0]);
        let contents = found.contents.unwrap();
        assert_eq!(contents.ownerless, []);
        assert!(!contents.administered);
        assert_eq!(contents.undeliverable.count, 0);
        assert_eq!(contents.undeliverable.last_error, None);
        assert_eq!(found.clock.is_some(), f.is_postgres());
        if let Some(clock) = found.clock {
            let now = sql::rows(&f.url, "SELECT extract(epoch FROM now())::bigint").await;
            assert!(now[0].parse::<i64>().unwrap() - clock.unix_seconds() < 60);
        }
    }
}

#[tokio::test]
async fn what_an_operator_should_see_is_seen() {
    for f in Fixture::all().await {
        let (ada, ben) = (f.user("ada").await, f.user("ben").await);
        f.found("sound", &ada).await;
        let suspended = f.found("suspended", &ben).await.org;
        let emptied = f.found("emptied", &ada).await.org;
        f.operator("UPDATE users SET status = 'inactive' WHERE email LIKE 'ben@%'").await;
        f.operator(
            "DELETE FROM memberships WHERE org_id IN (SELECT id FROM organizations WHERE slug = 'emptied');
             UPDATE users SET platform_admin = true WHERE email LIKE 'ben@%'",
        )
        .await;
        let contents = health(&f.url).await.contents.unwrap();
        assert_eq!(contents.ownerless, [suspended, emptied]);
        assert!(!contents.administered, "an administrator who may not log in is none");
        f.operator("UPDATE users SET status = 'active'").await;
        let contents = health(&f.url).await.contents.unwrap();
        assert_eq!(contents.ownerless, [emptied]);
        assert!(contents.administered);
    }
}

#[tokio::test]
async fn mail_that_was_given_up_is_counted_and_the_last_reason_told() {
    for f in Fixture::all().await {
        let (id, moment) = if f.is_postgres() {
            (["gen_random_uuid()"; 4], ["now()", "now() + interval '1 day'"])
        } else {
            (["randomblob(16)"; 4], ["1", "2"])
        };
        let [earlier, later] = moment;
        f.operator(&format!(
            "INSERT INTO outbox (id, recipient, kind, due_at, created_at, sent_at, last_error) VALUES
             ({}, 'a@example.org', 'verification', NULL, {earlier}, NULL, 'the first'),
             ({}, 'a@example.org', 'verification', NULL, {later}, NULL, 'the last'),
             ({}, 'a@example.org', 'verification', NULL, {later}, {later}, 'sent in the end'),
             ({}, 'a@example.org', 'verification', {later}, {later}, NULL, 'tried again')",
            id[0], id[1], id[2], id[3],
        ))
        .await;
        let undeliverable = health(&f.url).await.contents.unwrap().undeliverable;
        assert_eq!((undeliverable.count, undeliverable.last_error.as_deref()), (2, Some("the last")));
    }
}

#[tokio::test]
async fn a_database_that_was_not_migrated_says_so_and_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    drop(open(&url, &Options::default()).await.unwrap());
    let mut urls = vec![url];
    let postgres = Fixture::postgres().await;
    if let Some(f) = &postgres {
        f.operator("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        urls.push(f.url.clone());
    }
    for url in urls {
        let found = health(&url).await;
        assert!(!found.pending_migrations.is_empty() && found.is_empty);
        assert_eq!(found.contents, None);
        assert_eq!(health(&url).await.pending_migrations, found.pending_migrations);
        let tables = "SELECT name FROM sqlite_schema";
        let tables = if url.starts_with("sqlite") {
            tables
        } else {
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        };
        assert_eq!(sql::rows(&url, tables).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_forgotten_migration_is_named_and_the_rest_still_told() {
    for f in Fixture::all().await {
        f.operator("DELETE FROM __diesel_schema_migrations").await;
        let found = health(&f.url).await;
        assert!(!found.pending_migrations.is_empty());
        assert!(found.contents.is_some() && !found.is_empty);
    }
}

#[tokio::test]
async fn a_file_that_is_looked_into_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a%20b#c");
    let path = data.join("bailiwick.db");
    let url = format!("sqlite:{}", path.display());
    let missing = inspect(&url, &Options::default()).await;
    assert_eq!(missing, Err(OpenError::Missing));
    assert!(!data.exists(), "nothing was made");

    let database = open(&url, &Options::default()).await.unwrap();
    database.migrate().await.unwrap();
    database.store().ping().await.unwrap();
    assert!(health(&url).await.contents.is_some(), "beside its user");
    database.store().ping().await.unwrap();
    drop(database);

    // After the last connection is closed, SQLite keeps no other files.
    sql::execute(&url, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let before = all_of(&data);
    assert_eq!(before.len(), 1, "{:?}", before.iter().map(|(name, _)| name).collect::<Vec<_>>());
    assert!(health(&url).await.contents.is_some());
    assert!(all_of(&data) == before, "nothing was changed");
}

#[tokio::test]
async fn looking_waits_for_no_writer_and_no_writer_for_it() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        let mut tx = f.store.begin().await.unwrap();
        tx.users().update(ada.id, &UserChanges::status_of(&ada)).await.unwrap();
        let looked = tokio::time::timeout(Duration::from_secs(20), health(&f.url)).await;
        assert!(looked.unwrap().contents.is_some());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_out_of_reach_is_unavailable_and_its_password_untold() {
    let error = inspect("postgres://u:secret@127.0.0.1:1/d", &Options::default()).await.unwrap_err();
    assert!(matches!(error, OpenError::Unavailable(_)), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = inspect("mysql://u:secret@h/d", &Options::default()).await.unwrap_err();
    assert!(matches!(error, OpenError::BadUrl(_)), "{error}");
}
