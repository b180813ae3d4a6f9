//! [`Bailiwick::serve`] ends even if the store or the mailer does not answer.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed test panics

use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bailiwick::app::accounts::{LogIn, SignUp};
use bailiwick::app::authority::{AuthorityCache, Public};
use bailiwick::app::{
    AuthorityQuery, AuthorityView, MailError, Mailer, OutgoingMail, RetentionCutoffs, Stop, Store, Tx,
};
use bailiwick::http::HttpSettings;
use bailiwick::infra::JwtKeys;
use bailiwick::kernel::{DisplayName, Email, StoreError};
use bailiwick::store::Options;
use bailiwick::users::{Activity, Password};
use bailiwick::{Bailiwick, ServeError};
use bailiwick_testkit::{Delegate, Delegating};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Maximum duration of a stop.
const LONGEST: Duration = Duration::from_secs(20);

/// A store that stops answering.
struct FreezingStore {
    inner: Arc<dyn Store>,
    frozen: AtomicBool,
}

impl FreezingStore {
    /// Returns the inner store, or never returns once the store is frozen.
    async fn inner_unless_frozen(&self) -> &dyn Store {
        if self.frozen.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        &*self.inner
    }
}

#[async_trait]
impl Delegate for FreezingStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.inner_unless_frozen().await.begin().await
    }

    async fn begin_read(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.inner_unless_frozen().await.begin_read().await
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.inner_unless_frozen().await.load_view(query).await
    }

    async fn record_activity(&self, seen: &[Activity]) -> Result<(), StoreError> {
        self.inner_unless_frozen().await.record_activity(seen).await
    }

    async fn apply_retention(&self, cutoffs: &RetentionCutoffs) -> Result<u64, StoreError> {
        self.inner_unless_frozen().await.apply_retention(cutoffs).await
    }

    /// Does not end, even after `stop` has completed.
    async fn run_invalidation(&self, cache: Arc<AuthorityCache>, stop: Stop) {
        self.inner.run_invalidation(cache, stop).await;
        self.inner_unless_frozen().await;
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.inner_unless_frozen().await.await_invalidation().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner_unless_frozen().await.ping().await
    }
}

/// A mailer that takes a mail and never returns.
#[derive(Default)]
struct Unresponsive(Notify);

#[async_trait]
impl Mailer for Unresponsive {
    async fn deliver(&self, _: &OutgoingMail) -> Result<(), MailError> {
        self.0.notify_one();
        pending().await
    }
}

struct World {
    bailiwick: Bailiwick,
    store: Arc<Delegating<FreezingStore>>,
    mailer: Arc<Unresponsive>,
    _folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bailiwick.db").display());
    let database = bailiwick::store::open(&url, &Options::default()).await.unwrap();
    database.migrate().await.unwrap();
    let store =
        Arc::new(Delegating(FreezingStore { inner: database.store(), frozen: AtomicBool::new(false) }));
    let mailer = Arc::new(Unresponsive::default());
    let bailiwick = Bailiwick::builder()
        .store(store.clone())
        .database_options(Options { start_wait: Duration::from_secs(1), ..Options::default() })
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mailer(mailer.clone())
        .public_url("https://id.example.com")
        .build()
        .await
        .unwrap();
    World { bailiwick, store, mailer, _folder: folder }
}

impl World {
    async fn sign_up(&self) {
        let ada = SignUp {
            email: Email::parse("ada@example.com").unwrap(),
            password: Password::parse("correct horse battery").unwrap(),
            first_name: DisplayName::parse("Ada").unwrap(),
            last_name: DisplayName::parse("Lovelace").unwrap(),
            organization_name: None,
        };
        self.bailiwick.app().sign_up(&Public, &ada).await.unwrap();
    }

    /// Logs in and makes a check, so that activity waits to be stored.
    async fn be_active(&self) {
        let app = self.bailiwick.app();
        let login = LogIn {
            email: "ada@example.com".to_owned(),
            password: Password::claimed("correct horse battery"),
        };
        let token = app.log_in(&Public, &login).await.unwrap().access_token;
        let actor = app.read_token(token.reveal()).unwrap();
        app.authority().authenticated(&actor).await.unwrap();
    }

    async fn serve(&self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = HttpSettings {
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::ZERO,
            ..HttpSettings::default()
        };
        timeout(LONGEST, self.bailiwick.serve(listener, settings, stop)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_ends_in_time_if_store_and_mailer_stop_answering() {
    let world = world().await;
    world.sign_up().await;
    world.be_active().await;
    let (store, mailer) = (world.store.clone(), world.mailer.clone());
    let stop = async move {
        // The mail of the sign-up is being delivered.
        mailer.0.notified().await;
        store.frozen.store(true, Ordering::SeqCst);
    };
    let started = Instant::now();
    let ended = world.serve(stop).await;
    let Err(ServeError::Unfinished(left)) = ended else { panic!("{ended:?}") };
    for part in ["mail in hand", "last active", "lease"] {
        assert!(left.contains(part), "{part} is missing: {left}");
    }
    assert!(started.elapsed() < LONGEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_gives_up_if_the_catalogue_cannot_be_completed() {
    let world = world().await;
    world.store.frozen.store(true, Ordering::SeqCst);
    let ended = world.serve(pending()).await;
    assert!(matches!(ended, Err(ServeError::StoreTimedOut(limit)) if limit.as_secs() == 1), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_that_is_told_to_stop_while_it_starts_ends_at_once() {
    let world = world().await;
    world.store.frozen.store(true, Ordering::SeqCst);
    world.serve(async {}).await.unwrap();
}
