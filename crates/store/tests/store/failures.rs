//! Errors of PostgreSQL are reported by message and SQLSTATE, without values.

use std::time::Duration;

use bailiwick_kernel::{Lock, StoreError};
use bailiwick_store::{OpenError, Options, inspect, open};
use bailiwick_users::UserError;
use tokio_postgres::NoTls;

use crate::fixture::Fixture;

#[tokio::test]
async fn a_failure_is_told_with_its_message_and_sqlstate() {
    let Some(f) = Fixture::postgres().await else { return };
    f.operator("ALTER TABLE users RENAME TO people").await;
    let nobody = crate::fixture::new_user(&f.ids, "nobody").id;
    let mut tx = f.store.begin().await.unwrap();
    let unknown = "the database is not available: relation \"users\" does not exist (SQLSTATE 42P01)";
    let error = tx.users().find(nobody, Lock::None).await.unwrap_err();
    assert_eq!(error.to_string(), unknown);
    let aborted = tx.users().find(nobody, Lock::None).await.unwrap_err().to_string();
    assert!(aborted.ends_with("(SQLSTATE 25P02)"), "{aborted}");
    let _ = tx.rollback().await;
}

#[tokio::test]
async fn no_value_is_told_with_a_violated_constraint() {
    let Some(f) = Fixture::postgres().await else { return };
    f.operator("ALTER TABLE users ADD CONSTRAINT no_secret CHECK (first_name <> 'hush')").await;
    let user = crate::fixture::new_user(&f.ids, "hush");
    let mut tx = f.store.begin().await.unwrap();
    let error = tx.users().insert(&user).await.unwrap_err();
    assert!(matches!(error, UserError::Store(StoreError::Refused(_))), "{error}");
    let text = error.to_string();
    assert!(text.contains("no_secret") && text.contains("(SQLSTATE 23514)"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    let _ = tx.rollback().await;
}

#[tokio::test]
async fn a_server_that_refuses_is_told_with_its_sqlstate() {
    let Some(f) = Fixture::postgres().await else { return };
    let nowhere = format!("{}_nowhere", f.url);
    let options = Options::default();
    let expected = "does not exist (SQLSTATE 3D000)";
    let error = inspect(&nowhere, &options).await.unwrap_err();
    assert!(matches!(&error, OpenError::Unavailable(text) if text.ends_with(expected)), "{error}");
    let database = open(&nowhere, &options).await.unwrap();
    let error = database.migrate().await.unwrap_err();
    assert!(matches!(&error, OpenError::Unavailable(text) if text.ends_with(expected)), "{error}");
    let error = database.store().ping().await.unwrap_err();
    assert!(matches!(&error, StoreError::Unavailable(text) if text.ends_with(expected)), "{error}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_told_with_its_sqlstate() {
    let Some(f) = Fixture::postgres().await else { return };
    let ada = f.user("ada").await;
    let mut holder = f.store.begin().await.unwrap();
    holder.users().find(ada.id, Lock::Update).await.unwrap();
    let options = Options { statement_timeout: Duration::from_millis(50), ..Options::default() };
    let hasty = open(&f.url, &options).await.unwrap();
    let mut tx = hasty.store().begin().await.unwrap();
    let error = tx.users().find(ada.id, Lock::Update).await.unwrap_err().to_string();
    assert!(error.ends_with("canceling statement due to statement timeout (SQLSTATE 57014)"), "{error}");
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn a_deadlock_is_contention_with_its_sqlstate() {
    let Some(f) = Fixture::postgres().await else { return };
    let (ada, ben) = (f.user("ada").await, f.user("ben").await);
    let (mut one, mut two) = (f.store.begin().await.unwrap(), f.store.begin().await.unwrap());
    one.users().find(ada.id, Lock::Update).await.unwrap();
    two.users().find(ben.id, Lock::Update).await.unwrap();
    let (first, second) = tokio::join!(
        async {
            let outcome = one.users().find(ben.id, Lock::Update).await;
            let _ = one.rollback().await;
            outcome
        },
        async {
            let outcome = two.users().find(ada.id, Lock::Update).await;
            let _ = two.rollback().await;
            outcome
        }
    );
    let error = first.and(second).unwrap_err();
    let expected = StoreError::Contention("deadlock detected (SQLSTATE 40P01)".to_owned());
    assert!(matches!(&error, UserError::Store(error) if *error == expected), "{error}");
}

/// The server's messages are in another language. The code is recognized by the process ids in DETAIL.
#[tokio::test]
async fn a_deadlock_told_in_another_language_is_contention() {
    let Some(f) = Fixture::postgres().await else { return };
    f.operator(
        "CREATE FUNCTION tell_deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION USING ERRCODE = '40P01', MESSAGE = 'Verklemmung entdeckt', DETAIL =
                 E'Prozess 71 wartet auf ShareLock-Sperre auf Transaktion 801; blockiert von Prozess 72.\\n'
                 'Prozess 72 wartet auf ShareLock-Sperre auf Transaktion 802; blockiert von Prozess 71.';
         END $$;
         CREATE TRIGGER deadlock BEFORE INSERT ON users EXECUTE FUNCTION tell_deadlock()",
    )
    .await;
    let mut tx = f.store.begin().await.unwrap();
    let error = tx.users().insert(&crate::fixture::new_user(&f.ids, "ada")).await.unwrap_err();
    let expected = StoreError::Contention("Verklemmung entdeckt (SQLSTATE 40P01)".to_owned());
    assert!(matches!(&error, UserError::Store(error) if *error == expected), "{error}");
    let _ = tx.rollback().await;
}

/// The messages by which codes are recognized are those that the server sends with the codes.
#[tokio::test]
async fn a_message_stands_for_the_code_that_the_server_gives() {
    let Some(f) = Fixture::postgres().await else { return };
    let (client, connection) = tokio_postgres::connect(&f.url, NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    for (statement, start, code) in [
        ("SELECT * FROM nowhere", "relation \"", "42P01"),
        ("SELECT nothing FROM users", "column ", "42703"),
        ("SELECT nothing()", "function ", "42883"),
        ("CREATE TABLE nowhere.t ()", "schema \"", "3F000"),
        ("SET search_path = ''; CREATE TABLE t ()", "no schema has been selected to create in", "3F000"),
        (
            "SET statement_timeout = 1; SELECT pg_sleep(9)",
            "canceling statement due to statement timeout",
            "57014",
        ),
        ("SET ROLE pg_monitor; SELECT * FROM public.users", "permission denied for ", "42501"),
        (
            "SELECT 'x'::varchar(1); CREATE TEMP TABLE t (a varchar(1)); INSERT INTO t VALUES ('xy')",
            "value too long",
            "22001",
        ),
        ("SELECT '\"\\u0000\"'::jsonb", "unsupported Unicode escape", "22P05"),
        ("SELECT convert_from('\\xff', 'UTF8')", "invalid byte sequence", "22021"),
    ] {
        client.batch_execute("RESET ALL; RESET ROLE").await.unwrap();
        let error = client.batch_execute(statement).await.unwrap_err();
        let told = error.as_db_error().unwrap();
        assert!(told.message().starts_with(start), "{told:?}");
        assert_eq!(told.code().code(), code, "{told:?}");
    }
    drop(client);
    let _ = driver.await;
}
