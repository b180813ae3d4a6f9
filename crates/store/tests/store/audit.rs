//! The audit trail when an operator changes the database.

use bailiwick_app::audit::{Action, AuditFilter, Entry};
use bailiwick_kernel::{AuditId, PageRequest, UserId};
use bailiwick_testkit::app::sql;

use crate::fixture::{Fixture, at};

#[tokio::test]
async fn rows_are_not_changed_and_may_be_deleted() {
    for f in Fixture::all().await {
        let user = UserId::generate(&f.ids, at(0));
        let entry = Entry {
            id: AuditId::generate(&f.ids, at(0)),
            org: None,
            actor: Some(user),
            session: None,
            action: Action::AccountRename,
            target: Some(user.into()),
            before: None,
            after: None,
            at: at(0),
            request_id: None,
            ip: None,
        };
        let mut tx = f.store.begin().await.unwrap();
        tx.audit().append(std::slice::from_ref(&entry)).await.unwrap();
        tx.commit().await.unwrap();

        let url = f.url.clone();
        let change = async move { sql::execute(&url, "UPDATE audit_log SET action = 'role.create'").await };
        assert!(tokio::spawn(change).await.is_err(), "an update is refused");
        assert_eq!(listed(&f).await, [entry]);

        f.operator("DELETE FROM audit_log").await;
        assert_eq!(listed(&f).await, []);
    }
}

async fn listed(f: &Fixture) -> Vec<Entry> {
    let mut tx = f.store.begin_read().await.unwrap();
    let page = tx.audit().list(None, &AuditFilter::default(), PageRequest::default()).await.unwrap();
    tx.rollback().await.unwrap();
    page.items
}
