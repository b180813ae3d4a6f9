//! The state after a transaction, a request or a server is lost.

use std::time::Duration;

use bailiwick_kernel::{Lock, StoreError};
use bailiwick_store::{Options, open};
use bailiwick_users::UserError;
use futures_util::FutureExt;

use crate::fixture::{Fixture, new_user};

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_the_pool_goes_on() {
    for f in Fixture::all().await {
        let ada = new_user(&f.ids, "ada");
        for _ in 0..20 {
            let mut tx = f.store.begin().await.unwrap();
            tx.users().insert(&ada).await.unwrap();
            drop(tx);
        }
        // Also if its future is dropped while the database executes a statement.
        for _ in 0..20 {
            let mut tx = f.store.begin().await.unwrap();
            let _ = tx.users().insert(&ada).now_or_never();
            drop(tx);
            let _ = f.store.ping().now_or_never();
            let _ = f.store.begin().now_or_never();
        }
        let mut tx = f.store.begin().await.unwrap();
        assert_eq!(tx.users().find_by_email(&ada.email, Lock::None).await.unwrap(), None);
        tx.users().insert(&ada).await.unwrap();
        tx.commit().await.unwrap();
        f.store.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_commit_is_all_or_nothing_and_the_pool_goes_on() {
    for f in Fixture::all().await {
        for number in 0..10 {
            let user = new_user(&f.ids, &format!("user{number}"));
            let mut tx = f.store.begin().await.unwrap();
            tx.users().insert(&user).await.unwrap();
            let _ = tx.commit().now_or_never();
        }
        f.user("last").await;
    }
}

#[tokio::test]
async fn after_a_failed_statement_nothing_is_committed_in_silence() {
    let Some(f) = Fixture::postgres().await else { return };
    let ada = f.user("ada").await;
    let ben = new_user(&f.ids, "ben");
    let mut tx = f.store.begin().await.unwrap();
    tx.users().insert(&ben).await.unwrap();
    tx.users().insert(&ada).await.unwrap_err();
    tx.commit().await.unwrap_err();
    let mut tx = f.store.begin().await.unwrap();
    assert_eq!(tx.users().find(ben.id, Lock::None).await.unwrap(), None);
    tx.users().insert(&ada).await.unwrap_err();
    tx.rollback().await.unwrap();
    f.user("cid").await;
}

#[tokio::test]
async fn a_reader_sees_one_state_and_writes_nothing() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        let mut tx = f.store.begin_read().await.unwrap();
        assert!(tx.users().find(ada.id, Lock::None).await.unwrap().is_some());
        let ben = f.user("ben").await;
        assert_eq!(tx.users().find(ben.id, Lock::None).await.unwrap(), None);
        let refused = tx.users().insert(&new_user(&f.ids, "cid")).await.unwrap_err();
        assert!(matches!(refused, UserError::Store(StoreError::Unavailable(_))), "{refused}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn lost_connections_are_replaced() {
    let Some(f) = Fixture::postgres().await else { return };
    let ada = f.user("ada").await;
    for _ in 0..3 {
        f.operator(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut tx = f.store.begin().await.unwrap();
        assert!(tx.users().find(ada.id, Lock::None).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_not_waited_for() {
    let database = open("postgres://u:secret@127.0.0.1:1/d", &Options::default()).await.unwrap();
    let store = database.store();
    let error = store.ping().await.unwrap_err();
    assert!(matches!(&error, StoreError::Unavailable(why) if why.contains("refused")), "{error}");
    assert!(!error.to_string().contains("secret"));
    let error = database.migrate().await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        let again = open(&f.url, &Options::default()).await.unwrap();
        let mut tx = again.store().begin_read().await.unwrap();
        assert_eq!(tx.users().find(ada.id, Lock::None).await.unwrap(), Some(ada));
        tx.commit().await.unwrap();
        drop(again);
    }
}
