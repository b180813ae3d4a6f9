//! Names that were stored before the search folded them.

use bailiwick_app::platform::{OrgFilter, UserFilter};
use bailiwick_kernel::{Lock, PageRequest};

use crate::fixture::Fixture;

/// Numbers of accounts and organizations that a search finds.
async fn found(f: &Fixture, text: &str) -> (usize, usize) {
    let mut tx = f.store.begin_read().await.unwrap();
    let users = UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
    let users = tx.platform().list_users(&users, PageRequest::default()).await.unwrap().items.len();
    let orgs = OrgFilter { search: Some(text.to_owned()) };
    let orgs = tx.platform().list_organizations(&orgs, PageRequest::default()).await.unwrap().items.len();
    tx.rollback().await.unwrap();
    (users, orgs)
}

#[tokio::test]
async fn names_that_are_not_folded_yet_are_found_as_before_and_folded_in_batches() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        f.found("one", &ada).await;
        f.found("two", &ada).await;
        f.operator(
            "UPDATE users SET first_name = 'Zo\u{eb} 50%', folded_name = NULL;
             UPDATE organizations SET name = '\u{c5}cme_', folded_name = NULL",
        )
        .await;
        assert_eq!(
            found(&f, " ZO\u{eb} 50% lovel ").await,
            (1, 0),
            "as before: letters of ASCII in any case"
        );
        assert_eq!(found(&f, "CME_").await, (0, 2));
        assert_eq!(found(&f, "_").await, (0, 2));
        assert_eq!(found(&f, "zoe").await, (0, 0));
        assert_eq!(found(&f, "acme").await, (0, 0));
        assert_eq!(f.store.fold_names().await, Ok(3));
        assert_eq!(f.store.fold_names().await, Ok(0));
        assert_eq!(found(&f, "zoe 50% LOVEL").await, (1, 0));
        assert_eq!(found(&f, "ZO\u{cb}").await, (1, 0));
        assert_eq!(found(&f, "acme_").await, (0, 2));
    }
}

#[tokio::test]
async fn more_names_than_a_batch_holds_are_folded_by_several() {
    for f in Fixture::all().await {
        for n in 0..250 {
            f.user(&format!("ada{n}")).await;
        }
        f.operator("UPDATE users SET folded_name = NULL").await;
        let mut batches = Vec::new();
        while let names @ 1.. = f.store.fold_names().await.unwrap() {
            batches.push(names);
        }
        assert!(batches.len() > 1, "{batches:?}");
        assert_eq!(batches.iter().sum::<u64>(), 250);
    }
}

#[tokio::test]
async fn a_change_past_the_application_leaves_no_old_name_to_be_found() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        f.found("one", &ada).await;
        f.operator("UPDATE users SET first_name = 'Gr\u{e1}ce'; UPDATE organizations SET name = '\u{dc}ber'")
            .await;
        assert_eq!(found(&f, "ada love").await, (0, 0));
        assert_eq!(found(&f, "acme").await, (0, 0));
        assert_eq!(found(&f, "gr\u{e1}ce").await, (1, 0));
        assert_eq!(f.store.fold_names().await, Ok(2));
        assert_eq!(found(&f, "grace").await, (1, 0));
        assert_eq!(found(&f, "UBER").await, (0, 1));
    }
}

#[tokio::test]
async fn folding_waits_for_no_row_that_somebody_holds() {
    let Some(f) = Fixture::postgres().await else { return };
    let (ada, _ben) = (f.user("ada").await, f.user("ben").await);
    f.operator("UPDATE users SET folded_name = NULL").await;
    let mut tx = f.store.begin().await.unwrap();
    tx.users().find(ada.id, Lock::Update).await.unwrap();
    assert_eq!(f.store.fold_names().await, Ok(1));
    tx.rollback().await.unwrap();
    assert_eq!(f.store.fold_names().await, Ok(1));
}
