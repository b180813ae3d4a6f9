//! Several processes on one file follow its changes of authority, and none deletes a change that
//! another has not read.

use std::future::poll_fn;
use std::task::Poll;

use bailiwick_app::authority::cache::CacheKey;
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_roles::SystemRole;
use bailiwick_store::{Options, open};
use bailiwick_testkit::app::sql;
use bailiwick_users::UserChanges;

use crate::fixture::{Fixture, at, new_session};
use crate::side_door::Follower;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_takes_no_change_away_from_another() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let other = open(&f.url, &Options::default()).await.unwrap().store();
    let followers = [Follower::of(&f.store).await, Follower::of(&other).await];
    for round in 0..12 {
        let mut heard = followers.each_ref().map(Follower::listen);
        let status = ["suspended", "active"][round % 2];
        f.operator(&format!("UPDATE memberships SET status = '{status}'")).await;
        // Before any of the followers has read the change.
        let store = [&other, &f.store][round / 2 % 2];
        let mut tx = store.begin().await.unwrap();
        tx.users().update(ada.id, &UserChanges::names_of(&ada)).await.unwrap();
        tx.commit().await.unwrap();
        for heard in &mut heard {
            heard.hears(CacheKey::Member(org.org, ada.id), &format!("round {round}")).await;
        }
    }
    let mut heard = followers.each_ref().map(Follower::listen);
    let mut tx = other.begin().await.unwrap();
    tx.users().update(ada.id, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    for heard in &mut heard {
        heard.hears(CacheKey::User(ada.id), "an administrator is made by another process").await;
    }
}

/// The caller is dropped at each await point of the commit, also after the commit itself and before the
/// invalidation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_caller_went_away_is_told_before_others_rely_on_it() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let follower = Follower::of(&f.store).await;
    let mut membership = Membership::active(org.org, ada.id, org.role(SystemRole::Owner), at(0));
    let mut committed = 0;
    for polls in 1..=12 {
        let suspended = stored_status(&f).await == "suspended";
        let next = if suspended { MembershipStatus::Active } else { MembershipStatus::Suspended };
        membership.status = next;
        let mut heard = follower.listen();
        let mut tx = f.store.begin().await.unwrap();
        tx.orgs().update_membership(&membership).await.unwrap();
        let mut commit = tx.commit();
        let mut polled = 0;
        poll_fn(|cx| {
            polled += 1;
            if polled > polls || commit.as_mut().poll(cx).is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        drop(commit);
        if stored_status(&f).await == next.as_str() {
            f.store.await_invalidation().await.unwrap();
            assert!(heard.has_heard(CacheKey::Member(org.org, ada.id)), "dropped after {polls} polls");
            committed += 1;
        }
    }
    assert!(committed > 5, "{committed}");
}

async fn stored_status(f: &Fixture) -> String {
    sql::rows(&f.url, "SELECT status FROM memberships").await.concat()
}

const FORGET_THE_LAST: &str = "\
    DELETE FROM authority_changes WHERE seq = (SELECT max(seq) FROM authority_changes);
    UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'authority_changes'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_misses_a_change_forgets_everything() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let follower = Follower::of(&f.store).await;
    let suspend = "UPDATE memberships SET status = 'suspended'";
    let restore = "UPDATE memberships SET status = 'active'";
    for (what, statement) in [
        ("an older release", format!("{suspend}; DELETE FROM authority_changes")),
        ("an older release, and a change", format!("{suspend}; DELETE FROM authority_changes; {restore}")),
        ("an earlier copy", FORGET_THE_LAST.to_owned()),
        ("a copy in which something else happened", format!("{FORGET_THE_LAST}; {suspend}")),
        (
            "more changes than are kept",
            "\
            INSERT INTO authority_changes (kind, owner, id)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            SELECT 'user', randomblob(16), x'' FROM n"
                .to_owned(),
        ),
        (
            "what names nothing",
            "\
            INSERT INTO authority_changes (kind, owner, id) VALUES ('user', x'00', x'')"
                .to_owned(),
        ),
    ] {
        f.operator(restore).await;
        follower.catches_up(&f, "before").await;
        let mut heard = follower.listen();
        f.operator(&format!("BEGIN; {statement}; COMMIT")).await;
        heard.hears_of_everything(what).await;
        // Later changes are again reported by their keys.
        let mut heard = follower.listen();
        f.operator(&format!("{restore}; {suspend}")).await;
        heard.hears(CacheKey::Member(org.org, ada.id), what).await;
        assert!(!heard.everything, "after {what}");
    }
    let kept = sql::rows(&f.url, "SELECT count(*) || '' FROM authority_changes").await;
    assert_eq!(kept, ["4096"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_replaced_is_told() {
    let f = Fixture::sqlite().await;
    let (ada, ben) = (f.user("ada").await, f.user("ben").await);
    let org = f.found("acme", &ada).await;
    let (session, refresh) = new_session(&f.ids, ada.id);
    let mut tx = f.store.begin().await.unwrap();
    tx.sessions().insert(&session, &refresh).await.unwrap();
    tx.commit().await.unwrap();
    let follower = Follower::of(&f.store).await;
    let role = CacheKey::Role(org.org, org.role(SystemRole::Member));
    for (statement, key) in [
        ("INSERT OR REPLACE INTO sessions SELECT * FROM sessions", CacheKey::Session(ada.id, session.id)),
        ("UPDATE OR REPLACE roles SET name_key = 'member' WHERE system = 'guest'", role),
        (
            "UPDATE OR REPLACE users SET email = 'ada@example.org' WHERE email LIKE 'ben%'",
            CacheKey::User(ada.id),
        ),
        (
            "INSERT OR REPLACE INTO users
                 (id, email, password_hash, first_name, last_name, status, email_verified, created_at)
             SELECT randomblob(16), email, '', '', '', 'active', 1, 0 FROM users",
            CacheKey::User(ben.id),
        ),
        (
            "INSERT OR REPLACE INTO organizations (id, name, slug, created_at)
             SELECT randomblob(16), name, slug, 0 FROM organizations",
            CacheKey::Org(org.org),
        ),
    ] {
        let mut heard = follower.listen();
        f.operator(&format!("PRAGMA foreign_keys = OFF; {statement}")).await;
        heard.hears(key, statement).await;
    }
}

#[tokio::test]
async fn what_only_adds_authority_leaves_nothing_to_be_read() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let changes = "SELECT seq || '' FROM sqlite_sequence WHERE name = 'authority_changes'";
    let before = sql::rows(&f.url, changes).await;
    let ben = f.user("ben").await;
    let (session, refresh) = new_session(&f.ids, ben.id);
    let member = Membership::active(org.org, ben.id, org.role(SystemRole::Member), at(0));
    let mut tx = f.store.begin().await.unwrap();
    tx.sessions().insert(&session, &refresh).await.unwrap();
    tx.orgs().insert_membership(&member).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sql::rows(&f.url, changes).await, before);
}

const UNDO: &str = include_str!("../../../../migrations/sqlite/2026-11-27-000007_authority_log/down.sql");

/// A newer command migrates the file while an older release serves from it.
#[tokio::test]
async fn a_migration_takes_no_change_away() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    f.operator(UNDO).await;
    f.operator("DELETE FROM __diesel_schema_migrations WHERE version = '20261127000007'").await;
    f.operator("UPDATE users SET status = 'inactive'").await;
    f.database.migrate().await.unwrap();
    let unread = sql::rows(&f.url, "SELECT kind || lower(hex(owner)) FROM authority_changes").await;
    assert_eq!(unread, [format!("user{}", ada.id.as_uuid().simple())]);
}
