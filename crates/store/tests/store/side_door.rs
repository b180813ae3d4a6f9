//! Another process writes to the file that this process serves from.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::Store;
use bailiwick_app::authority::AuthorityCache;
use bailiwick_app::authority::cache::{CacheKey, Invalidation, Limits};
use bailiwick_roles::SystemRole;
use bailiwick_testkit::RunningStopwatch;
use bailiwick_users::UserChanges;
use tokio::sync::broadcast::Receiver;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::fixture::Fixture;

/// The promised second many times over, because the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

/// A cache that its store invalidates, as in a process that serves.
pub struct Follower {
    cache: Arc<AuthorityCache>,
    _runs: oneshot::Sender<()>,
}

/// The invalidations that a cache receives from some time on.
pub struct Heard {
    changes: Receiver<Arc<Invalidation>>,
    /// Whether [`Invalidation::Everything`] was received.
    pub everything: bool,
}

impl Follower {
    /// Starts the invalidation of a new cache and waits until the cache holds a lease.
    pub async fn of(store: &Arc<dyn Store>) -> Self {
        let cache = Arc::new(AuthorityCache::new(Arc::new(RunningStopwatch::default()), Limits::default()));
        let (runs, stopped) = oneshot::channel::<()>();
        let (kept, store) = (cache.clone(), store.clone());
        tokio::spawn(
            async move { store.run_invalidation(kept, Box::pin(async { _ = stopped.await })).await },
        );
        while !cache.holds_lease() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self { cache, _runs: runs }
    }

    pub fn listen(&self) -> Heard {
        Heard { changes: self.cache.watch(), everything: false }
    }

    /// Waits until the invalidations of all earlier commits are applied.
    pub async fn catches_up(&self, f: &Fixture, what: &str) {
        let mark = Uuid::from_u128(u128::MAX);
        let mut heard = self.listen();
        let bytes = mark.simple();
        f.operator(&format!(
            "INSERT INTO authority_changes (kind, owner, id) VALUES ('user', x'{bytes}', x'')"
        ))
        .await;
        heard.until(what, |told| matches!(told, CacheKey::User(id) if id.as_uuid() == mark)).await;
    }
}

impl Heard {
    /// Waits until `key` is invalidated.
    pub async fn hears(&mut self, key: CacheKey, what: &str) {
        self.until(what, |told| *told == key).await;
    }

    /// Waits until everything is invalidated.
    pub async fn hears_of_everything(&mut self, what: &str) {
        self.until(what, |_| false).await;
        assert!(self.everything, "{what}");
    }

    async fn until(&mut self, what: &str, named: impl Fn(&CacheKey) -> bool) {
        let told = async {
            loop {
                let change = self.changes.recv().await.unwrap();
                self.everything |= *change == Invalidation::Everything;
                if change.any(&named) {
                    return;
                }
            }
        };
        tokio::time::timeout(SOON, told).await.unwrap_or_else(|_| panic!("{what}: nobody was told"));
    }

    /// Whether `key` was invalidated since the last call.
    pub fn has_heard(&mut self, key: CacheKey) -> bool {
        std::iter::from_fn(|| self.changes.try_recv().ok()).any(|change| change.any(|told| *told == key))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_write_to_the_file_is_told_soon() {
    let f = Fixture::sqlite().await;
    let ada = f.user("ada").await;
    let org = f.found("acme", &ada).await;
    let follower = Follower::of(&f.store).await;

    let (user, member) = (CacheKey::User(ada.id), CacheKey::Member(org.org, ada.id));
    let role = CacheKey::Role(org.org, org.role(SystemRole::Guest));
    let guest = format!("role_id = unhex('{}', '-')", org.role(SystemRole::Guest));
    for (statement, key) in [
        ("UPDATE users SET status = 'inactive'".to_owned(), user),
        ("UPDATE memberships SET status = 'suspended'".to_owned(), member),
        ("INSERT OR REPLACE INTO memberships SELECT * FROM memberships".to_owned(), member),
        (format!("UPDATE roles SET level = 11 WHERE {}", guest.replace("role_id", "id")), role),
        (format!("DELETE FROM role_permissions WHERE {guest} AND permission = 'kb:read'"), role),
        ("INSERT OR REPLACE INTO users SELECT * FROM users".to_owned(), user),
        ("UPDATE organizations SET archived_at = 1".to_owned(), CacheKey::Org(org.org)),
        ("DELETE FROM organizations".to_owned(), CacheKey::Org(org.org)),
    ] {
        let mut heard = follower.listen();
        f.operator(&statement).await;
        heard.hears(key, &statement).await;
    }
    let mut changes = follower.cache.watch();
    f.operator("UPDATE users SET last_active = 1, first_name = 'Eve'").await;
    let mut tx = f.store.begin().await.unwrap();
    tx.users().update(ada.id, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(changes.recv().await.unwrap().any(|told| *told == user));
    assert!(changes.try_recv().is_err(), "what alters no authority is silent");
}
