//! Somebody else writes to the file that this process serves from.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::authority::Memory;
use bailiwick_app::authority::memory::{Key, Limits};
use bailiwick_roles::SystemRole;
use bailiwick_testkit::RunningStopwatch;
use tokio::sync::oneshot;

use crate::fixture::Fixture;

/// "Within a second" is the promise; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_write_to_the_file_is_told_soon() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let memory = Arc::new(Memory::new(Arc::new(RunningStopwatch::default()), Limits::default()));
    let (_runs, stopped) = oneshot::channel::<()>();
    let (kept, store) = (memory.clone(), f.store.clone());
    tokio::spawn(async move { store.keep_told(kept, Box::pin(async { _ = stopped.await })).await });
    while !memory.holds_lease() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    let (user, member) = (Key::User(ada.id), Key::Member(org.org, ada.id));
    let role = Key::Role(org.org, org.role(SystemRole::Guest));
    let guest = format!("role_id = unhex('{}', '-')", org.role(SystemRole::Guest));
    for (statement, key) in [
        ("UPDATE users SET status = 'inactive'".to_owned(), user),
        ("UPDATE memberships SET status = 'suspended'".to_owned(), member),
        ("INSERT OR REPLACE INTO memberships SELECT * FROM memberships".to_owned(), member),
        (format!("UPDATE roles SET level = 11 WHERE {}", guest.replace("role_id", "id")), role),
        (format!("DELETE FROM role_permissions WHERE {guest} AND permission = 'kb:read'"), role),
        ("INSERT OR REPLACE INTO users SELECT * FROM users".to_owned(), user),
        ("UPDATE organizations SET archived_at = 1".to_owned(), Key::Org(org.org)),
        ("DELETE FROM organizations".to_owned(), Key::Org(org.org)),
    ] {
        let mut changes = memory.watch();
        f.operator(&statement).await;
        let told = async { while !changes.recv().await.unwrap().any(|told| *told == key) {} };
        tokio::time::timeout(SOON, told).await.unwrap_or_else(|_| panic!("{statement}: nobody was told"));
    }
    let mut changes = memory.watch();
    f.operator("UPDATE users SET last_active = 1, first_name = 'Eve'").await;
    let mut tx = f.store.begin().await.unwrap();
    tx.users().make_platform_admin(ada.id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(changes.recv().await.unwrap().any(|told| *told == user));
    assert!(changes.try_recv().is_err(), "what alters no authority is silent");
}
