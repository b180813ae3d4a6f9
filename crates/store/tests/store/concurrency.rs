//! Concurrent transactions, as far as their result depends on the locks of the database.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::{AuthorityQuery, MailMessage, MailSecret, OutgoingMail, Tx};
use bailiwick_kernel::{DisplayName, Email, Lock, PlainToken, SessionId, StoreError, TokenKind};
use bailiwick_orgs::{Membership, OrgError};
use bailiwick_roles::{Level, Role, RoleDraft, RoleError, SystemRole};
use bailiwick_store::{Options, open};
use bailiwick_testkit::mail_claim;
use bailiwick_users::{Activity, User};
use futures_util::FutureExt;

use crate::fixture::{Fixture, at};

const SOON: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_locked_organization_makes_others_wait() {
    for f in Fixture::all().await {
        let owner = f.user("owner").await;
        let founded = f.found("acme", &owner).await;
        let mut tx = f.store.begin().await.unwrap();
        assert!(tx.orgs().find(founded.org, Lock::Update).await.unwrap().is_some());
        let store = Arc::clone(&f.store);
        let org = founded.org;
        let mut other = tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            tx.orgs().delete(org).await.unwrap();
            tx.commit().await.unwrap();
        });
        assert!(tokio::time::timeout(SOON, &mut other).await.is_err());
        tx.commit().await.unwrap();
        other.await.unwrap();
    }
}

#[tokio::test]
async fn a_held_view_cannot_change() {
    for f in Fixture::all().await {
        let owner = f.user("owner").await;
        let founded = f.found("acme", &owner).await;
        let mut tx = f.store.begin().await.unwrap();
        let query = AuthorityQuery { user: owner.id, session: None, org: Some(founded.org) };
        tx.lock_view(&query).await.unwrap().unwrap();
        let store = Arc::clone(&f.store);
        let mut membership =
            Membership::active(founded.org, owner.id, founded.role(SystemRole::Owner), at(0));
        membership.suspend().unwrap();
        let mut other = tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            tx.orgs().update_membership(&membership).await.unwrap();
            tx.commit().await.unwrap();
        });
        assert!(tokio::time::timeout(SOON, &mut other).await.is_err());
        tx.commit().await.unwrap();
        other.await.unwrap();
    }
}

#[tokio::test]
async fn activity_waits_for_no_row() {
    let Some(f) = Fixture::postgres().await else { return };
    let (held, free) = (f.user("held").await, f.user("free").await);
    let activity = |user: &User| Activity {
        user_id: user.id,
        session_id: SessionId::generate(&f.ids, at(0)),
        at: at(9),
    };
    let mut tx = f.store.begin().await.unwrap();
    tx.users().find(held.id, Lock::Update).await.unwrap();
    f.store.record_activity(&[activity(&held), activity(&free)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = f.store.begin_read().await.unwrap();
    assert_eq!(tx.users().find(held.id, Lock::None).await.unwrap().unwrap().last_active, None);
    assert_eq!(tx.users().find(free.id, Lock::None).await.unwrap().unwrap().last_active, Some(at(9)));
    tx.rollback().await.unwrap();
}

/// Commits or rolls back a transaction as a use case does, after a pause.
async fn end<T, E>(tx: Box<dyn Tx>, result: Result<T, E>, pause: Duration) -> Result<T, E> {
    tokio::time::sleep(pause).await;
    if result.is_ok() { tx.commit().await.map(drop) } else { tx.rollback().await }.unwrap();
    result
}

#[tokio::test]
async fn a_role_is_deleted_or_assigned_never_both() {
    for f in Fixture::all().await {
        let owner = f.user("owner").await;
        let founded = f.found("acme", &owner).await;
        let (early, late) = (f.user("early").await, f.user("late").await);
        let draft = RoleDraft {
            name: DisplayName::parse("Custom").unwrap(),
            description: String::new(),
            level: Level::custom(42).unwrap(),
            permissions: Vec::new(),
        };
        let role = Role::custom(founded.org, draft, &f.ids, at(0));
        let mut tx = f.store.begin().await.unwrap();
        tx.roles().insert(&role).await.unwrap();
        tx.commit().await.unwrap();
        let delete = async |pause| {
            let mut tx = f.store.begin().await.unwrap();
            let result = tx.roles().delete(founded.org, role.id, at(1)).await;
            end(tx, result, pause).await
        };
        let assign = async |person: &User, pause| {
            let mut tx = f.store.begin().await.unwrap();
            let membership = Membership::active(founded.org, person.id, role.id, at(1));
            let result = tx.orgs().insert_membership(&membership).await;
            end(tx, result, pause).await
        };
        let later = || tokio::time::sleep(SOON / 2);

        let (assigned, deleted) = tokio::join!(assign(&early, SOON), later().then(|()| delete(SOON)));
        assert_eq!((assigned, deleted), (Ok(()), Err(RoleError::InUse { members: 1, invitations: 0 })));
        let mut tx = f.store.begin().await.unwrap();
        tx.orgs().delete_membership(founded.org, early.id).await.unwrap();
        tx.commit().await.unwrap();
        let (deleted, assigned) = tokio::join!(delete(SOON), later().then(|()| assign(&late, SOON)));
        assert_eq!((deleted, assigned), (Ok(()), Err(OrgError::UnknownRole)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_is_contention() {
    let Some(f) = Fixture::postgres().await else { return };
    let owner = f.user("owner").await;
    let (one, two) = (f.found("one", &owner).await.org, f.found("two", &owner).await.org);
    let cross = |first, second| {
        let store = Arc::clone(&f.store);
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            tx.orgs().find(first, Lock::Update).await.unwrap();
            tokio::time::sleep(SOON).await;
            let result = tx.orgs().find(second, Lock::Update).await.map(|_| ());
            tx.rollback().await.unwrap();
            result
        })
    };
    let (a, b) = tokio::join!(cross(one, two), cross(two, one));
    let results = [a.unwrap(), b.unwrap()];
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
    let lost = results.into_iter().find_map(Result::err).unwrap();
    assert!(matches!(lost, OrgError::Store(StoreError::Contention(_))), "{lost}");
}

#[tokio::test]
async fn waiting_ends_and_says_why() {
    for f in Fixture::all().await {
        let owner = f.user("owner").await;
        let founded = f.found("acme", &owner).await;
        let options = Options { statement_timeout: Duration::from_millis(200), ..Options::default() };
        let impatient = open(&f.url, &options).await.unwrap();
        let mut tx = f.store.begin().await.unwrap();
        tx.orgs().find(founded.org, Lock::Update).await.unwrap();
        let error = match impatient.store().begin().await {
            Err(error) => error,
            Ok(mut other) => match other.orgs().find(founded.org, Lock::Update).await.unwrap_err() {
                OrgError::Store(error) => error,
                other => panic!("{other}"),
            },
        };
        if f.is_postgres() {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        } else {
            assert!(matches!(error, StoreError::Contention(_)), "{error}");
        }
        tx.rollback().await.unwrap();
        drop(impatient);
    }
}

#[tokio::test]
async fn a_full_pool_is_unavailable_after_the_wait() {
    for f in Fixture::all().await {
        let options = Options { pool_size: 1, ..Options::default() };
        let small = open(&f.url, &options).await.unwrap().store();
        let tx = small.begin().await.unwrap();
        let error = small.begin().await.map(|_| ()).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        tx.rollback().await.unwrap();
        small.begin().await.unwrap().rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mail_is_given_to_one_sender() {
    for f in Fixture::all().await {
        let mut tx = f.store.begin().await.unwrap();
        for _ in 0..40 {
            let token = MailSecret::from(&PlainToken::generate(TokenKind::EmailVerification, &f.ids));
            let message = MailMessage::VerifyEmail { token, first_name: "A".to_owned(), expires_at: at(60) };
            let to = Email::parse("a@example.org").unwrap();
            tx.outbox().enqueue(&OutgoingMail::new(to, message, &f.ids, at(0)), at(0)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let senders: Vec<_> = (0..8)
            .map(|_| {
                let store = Arc::clone(&f.store);
                tokio::spawn(async move {
                    let mut tx = store.begin().await.unwrap();
                    let mails = tx.outbox().claim(&mail_claim(at(0), at(9), 7)).await.unwrap();
                    tx.commit().await.unwrap();
                    assert!(mails.len() <= 7);
                    mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>()
                })
            })
            .collect();
        let mut claimed = Vec::new();
        for sender in senders {
            claimed.extend(sender.await.unwrap());
        }
        let count = claimed.len();
        claimed.sort();
        claimed.dedup();
        assert_eq!(claimed.len(), count);
        assert_eq!(count, 40);
    }
}
