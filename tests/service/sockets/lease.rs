//! Sockets while the authority of their users cannot be checked, and the time in which sockets follow an
//! invalidation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bailiwick::app::authority::AuthorityCache;
use bailiwick::app::authority::cache::{CacheKey, Invalidation};
use bailiwick::app::ports::{AuthorityQuery, AuthorityView, Stop, Store, Tx};
use bailiwick::kernel::{OrgId, RoleId, SessionId, StoreError, UserId};
use bailiwick_testkit::app::{Caller, Engine, OwnStore, TestApp, TestAppOptions};
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use serde_json::json;

/// A store that can fail for one user, and that invalidates only when the test does.
#[derive(Default)]
struct Fickle {
    store: MemoryStore,
    silent_about: Mutex<Option<UserId>>,
    /// The user for whom it never answers.
    hangs_about: Mutex<Option<UserId>>,
    /// Locked to block the start of transactions that write.
    gate: tokio::sync::RwLock<()>,
    waiting: AtomicUsize,
    cache: OnceLock<Arc<AuthorityCache>>,
    leases: bool,
}

#[async_trait]
impl Delegate for Fickle {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        drop(self.gate.read().await);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.store.begin().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        if *self.silent_about.lock().unwrap() == Some(query.user) {
            return Err(StoreError::Unavailable("told to fail".to_owned()));
        }
        if *self.hangs_about.lock().unwrap() == Some(query.user) {
            std::future::pending::<()>().await;
        }
        self.store.load_view(query).await
    }

    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        if self.leases {
            cache.lease_until(Duration::from_secs(1_000_000_000));
        }
        let _ = self.cache.set(cache);
        stop.await;
    }
}

async fn scene(leases: bool) -> (Arc<Delegating<Fickle>>, TestApp, Caller, Caller) {
    let store = Arc::new(Delegating(Fickle { leases, ..Default::default() }));
    let options = TestAppOptions { store: Some(OwnStore(store.clone())), ..Default::default() };
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    (store, app, ada, bob)
}

impl Fickle {
    fn is_silent_about(&self, whom: Option<&Caller>) {
        *self.silent_about.lock().unwrap() = whom.map(|whom| UserId::parse(&whom.id).unwrap());
    }

    fn tell(&self, keys: &[CacheKey]) {
        self.cache.get().unwrap().apply(&Invalidation::Keys(keys.to_vec()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_is_told_a_socket_follows_within_100_ms() {
    let (store, _app, ada, bob) = scene(true).await;
    let (org, user) = (OrgId::parse(&ada.org).unwrap(), UserId::parse(&bob.id).unwrap());
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let mut sockets = Vec::new();
        for _ in 0..10 {
            sockets.push(bob.socket(&ada.org).await);
        }
        ada.suspend(&bob).await.is(200);
        let told_at = Instant::now();
        store.tell(&[CacheKey::Member(org, user)]);
        for socket in &mut sockets {
            let reason = "Access denied: User access has been suspended in this organization";
            socket.expect_close(1008, reason).await;
        }
        fastest = fastest.min(told_at.elapsed());
        ada.restore(&bob).await.is(200);
        store.tell(&[CacheKey::Member(org, user)]);
    }
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_reaches_those_whom_it_concerns() {
    let (store, app, ada, bob) = scene(true).await;
    let (org, user) = (OrgId::parse(&ada.org).unwrap(), UserId::parse(&bob.id).unwrap());
    let phone = app.log_in(&bob.email).await;
    let sessions = phone.sessions().await.is(200).field("/items");
    let current = sessions.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let session = SessionId::parse(current["id"].as_str().unwrap()).unwrap();
    let (mut on_phone, mut his, mut hers) =
        (phone.socket(&ada.org).await, bob.socket(&ada.org).await, ada.socket(&ada.org).await);
    phone.log_out().await.is(204);
    store.tell(&[CacheKey::Session(user, session)]);
    on_phone.expect_close(1008, "Invalid token: revoked").await;

    let role = ada.create_role("reader", 30, &["ws:connect", "kb:read"]).await;
    ada.assign(&bob, &role).await.is(200);
    store.tell(&[CacheKey::Member(org, user)]);
    his.expect("authority_changed").await;
    ada.change_role(&role, json!({ "permissions": ["ws:*"] })).await.is(200);
    store.tell(&[CacheKey::Role(org, RoleId::parse(&role).unwrap())]);
    assert_eq!(his.expect("authority_changed").await["events"], json!(["ws:*"]));

    bob.deactivate_me().await.is(200);
    store.tell(&[CacheKey::User(user)]);
    his.expect_close(1008, "User account is deactivated").await;
    hers.is_quiet().await;
    ada.delete_org().await.is(204);
    store.tell(&[CacheKey::Org(org)]);
    hers.expect_close(1008, "User is not a member of this organization").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_of_whom_nobody_can_tell_hears_nothing_and_is_closed() {
    let (store, _app, ada, bob) = scene(false).await;
    let (mut hers, mut his) = (ada.socket(&ada.org).await, bob.socket(&ada.org).await);
    store.is_silent_about(Some(&bob));
    let started = Instant::now();
    ada.publish(&ada.org, "kb:read", None, json!(1)).await;
    assert_eq!(hers.expect_event("kb:read").await, 1);
    his.expect_close(1013, "Authority cannot be established now").await;
    // Once no lease of 3.25 s can last; ten times that, because the machine may be busy.
    let after = started.elapsed();
    assert!(after < Duration::from_secs(33), "{after:?}");
    let query = bob.socket_query();
    bob.connect(&query).await.expect_close(1013, "Authority cannot be established now").await;
    hers.is_quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_silence_closes_nothing() {
    let (store, _app, ada, bob) = scene(false).await;
    let (mut hers, mut his) = (ada.socket(&ada.org).await, bob.socket(&ada.org).await);
    store.is_silent_about(Some(&bob));
    ada.publish(&ada.org, "kb:read", None, json!(1)).await;
    hers.expect_event("kb:read").await;
    his.is_quiet().await;
    store.is_silent_about(None);
    ada.publish(&ada.org, "kb:read", None, json!(2)).await;
    assert_eq!(his.expect_event("kb:read").await, 2, "what nobody could vouch for is not told later");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_gives_no_answer_keeps_no_socket_open() {
    let (store, app, ada, bob) = scene(true).await;
    let (org, user) = (OrgId::parse(&ada.org).unwrap(), UserId::parse(&bob.id).unwrap());
    let (mut his, mut hers) = (bob.socket(&ada.org).await, ada.socket(&ada.org).await);
    *store.hangs_about.lock().unwrap() = Some(user);
    let told_at = Instant::now();
    store.tell(&[CacheKey::Member(org, user)]);
    his.expect_close(1013, "Authority cannot be established now").await;
    assert!(told_at.elapsed() >= Duration::from_secs(3), "as long as a lease");
    hers.say("ping", json!({})).await;
    hers.expect("pong").await;
    drop(app);
}

/// Its ticket is looked up when the shutdown begins, so the socket is not registered yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_admitted_after_the_drain_began_is_sent_away_at_once() {
    let store = Arc::new(Delegating(Fickle { leases: true, ..Default::default() }));
    let mut options = TestAppOptions { store: Some(OwnStore(store.clone())), ..Default::default() };
    options.http.drain_delay = Duration::from_secs(2);
    let mut app = TestApp::start_with(&Engine::Sqlite, options).await;
    let ada = app.sign_up("ada").await;
    let mut before = ada.socket(&ada.org).await;
    let issued = ada.ticket().await.is(200);
    let query = format!("ticket={}", issued.text_of("/ticket"));
    let gate = store.gate.write().await;
    let late = tokio::spawn({
        let ada = ada.clone();
        async move { ada.connect(&query).await }
    });
    while store.waiting.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let stopped = tokio::task::spawn_blocking(move || app.stop());
    before.expect_close(1012, "Service restart").await;
    drop(gate);
    late.await.unwrap().expect_close(1012, "Service restart").await;
    stopped.await.unwrap();
}
