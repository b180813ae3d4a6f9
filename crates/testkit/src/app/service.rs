//! The service under test.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick::app::authority::cache::CacheKey;
use bailiwick::app::ports::Store;
use bailiwick::app::{App, AuthorityCache};
use bailiwick::infra::LocalBus;
use bailiwick::presentation::Brand;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::app::options::TestAppOptions;
use crate::app::start::{Start, Started};
use crate::app::{Caller, Checks, Database, Engine, Faults, Postbox, delivery, sql};
use crate::{CountingHasher, ManualClock, MemoryStore, SeededIds};

/// The password of the accounts that [`TestApp::sign_up`] and [`TestApp::bring_in`] create.
pub const PASSWORD: &str = "correct horse battery";

/// Data of the service under test.
pub(super) enum Data {
    Memory(MemoryStore),
    Database(Database),
}

impl Data {
    /// Returns the same data for another service. Only the original deletes a database.
    fn shared(&self) -> Self {
        match self {
            Self::Memory(store) => Self::Memory(store.clone()),
            Self::Database(database) => Self::Database(database.shared()),
        }
    }
}

/// A running service, with the ports that a test controls.
pub struct TestApp {
    /// The base URL, `http://127.0.0.1:PORT`.
    pub base: String,
    /// The clock of the service.
    pub clock: Arc<ManualClock>,
    /// The mail that the service sent.
    pub post: Arc<Postbox>,
    /// The hasher, which counts the passwords verified; unused with [`TestAppOptions::argon2`].
    pub hasher: Arc<CountingHasher>,
    http: reqwest::Client,
    ids: Arc<SeededIds>,
    strict_mail: bool,
    checks: Checks,
    /// Base of the links in mails.
    pub(super) public_url: String,
    pub(super) brand: Brand,
    faults: Faults,
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    started: Option<Started>,
    data: Data,
}

impl TestApp {
    /// Starts the service with the default options.
    pub async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, TestAppOptions::default()).await
    }

    /// Starts the service for a test that takes all its mail (see [`TestAppOptions::strict_mail`]).
    pub async fn start_strict(engine: &Engine) -> Self {
        Self::start_with(engine, TestAppOptions { strict_mail: true, ..TestAppOptions::default() }).await
    }

    /// Starts the service with these options.
    pub async fn start_with(engine: &Engine, options: TestAppOptions) -> Self {
        let data = Data::Database(engine.create_migrated().await);
        // Boxed, because the options are large.
        Box::pin(Self::start_on(data, options)).await
    }

    pub(super) async fn start_on(data: Data, options: TestAppOptions) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut app = Self {
            base: String::new(),
            clock: Arc::new(ManualClock::new()),
            post: Arc::new(Postbox::default()),
            hasher: Arc::new(CountingHasher::default()),
            http,
            ids: Arc::new(SeededIds::default()),
            strict_mail: options.strict_mail,
            checks: Checks::default(),
            public_url: String::new(),
            brand: Brand::default(),
            faults: Faults::default(),
            server: None,
            started: None,
            data,
        };
        Box::pin(app.restart_with(options)).await;
        app
    }

    /// Starts another node of the service with the same database, clock and mail.
    pub async fn start_beside(&self, options: TestAppOptions) -> Self {
        let mut node = Self {
            base: String::new(),
            clock: self.clock.clone(),
            post: self.post.clone(),
            hasher: self.hasher.clone(),
            http: self.http.clone(),
            ids: Arc::new(SeededIds::new(1)),
            // The first node has the same postbox and compares it.
            strict_mail: false,
            checks: Checks::default(),
            public_url: String::new(),
            brand: Brand::default(),
            faults: Faults::default(),
            server: None,
            started: None,
            data: self.data.shared(),
        };
        Box::pin(node.restart_with(options)).await;
        node
    }

    /// Stops the service and starts it again with other options, on the same database and at another
    /// address.
    pub async fn restart_with(&mut self, options: TestAppOptions) {
        let started = self.spawn(options);
        self.started = Some(started.await.expect("the service starts"));
    }

    /// Starts the thread of the service, and returns what receives the started service.
    fn spawn(&mut self, options: TestAppOptions) -> oneshot::Receiver<Started> {
        self.stop();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.base = format!("http://{}", listener.local_addr().expect("an address"));
        self.public_url =
            options.public_url.map_or_else(|| format!("{}{}", self.base, options.prefix), str::to_owned);
        self.brand = options.brand.clone();
        self.faults = Faults::new(options.faults, options.throttle);
        let bus = LocalBus::default();
        self.checks = Checks { bus: options.events.is_none().then(|| bus.clone()), ..options.checks.clone() };
        let start = Start {
            data: self.data.shared(),
            public_url: self.public_url.clone(),
            faults: self.faults.clone(),
            bus,
            clock: self.clock.clone(),
            post: self.post.clone(),
            hasher: self.hasher.clone(),
            ids: self.ids.clone(),
            options,
        };
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = oneshot::channel();
        let thread = std::thread::spawn(move || start.serve(listener, ready, stopped));
        self.server = Some((stop, thread));
        started
    }

    /// Stops the service and waits for its end. Panics if the service panicked.
    pub fn stop(&mut self) {
        // The service releases its database, so nothing may hold it beyond.
        self.started = None;
        if let Some((stop, thread)) = self.server.take() {
            let _ = stop.send(());
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service panicked");
        }
    }

    /// Waits until delivery of each mail was attempted, so that a test fails for the same mail each time.
    fn wait_for_delivery(&self) {
        let (store, post) = (self.store(), self.post.clone());
        // A runtime of its own, because `drop` may run inside a runtime and cannot await there.
        let waits = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(delivery::attempted(&*store, &post, None));
        });
        assert!(waits.join().is_ok(), "mail waits that is never delivered");
    }

    /// The URL of the database, for a test that reads or changes it directly.
    /// Panics if the data is in memory.
    pub fn database_url(&self) -> &str {
        match &self.data {
            Data::Database(database) => database.url(),
            Data::Memory(_) => panic!("data in memory has no URL: build the app with `.sqlite()`"),
        }
    }

    /// The use cases, as a program without HTTP has them. Panics if the service is stopped.
    pub fn app(&self) -> &App {
        &self.started().app
    }

    /// The faults that a test can inject, if the app was built by [`TestApp::builder`].
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The cache of authority. Panics if the service is stopped.
    pub fn cache(&self) -> &AuthorityCache {
        self.app().authority().cache()
    }

    /// The store of the service, behind all faults.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        self.started().store.clone()
    }

    fn started(&self) -> &Started {
        self.started.as_ref().expect("the service runs")
    }

    /// Waits until the cache of authority may answer.
    pub(super) async fn wait_for_lease(&self) {
        while !self.cache().holds_lease() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Runs a statement directly on the database, as an operator would, and waits until the service's
    /// cache has applied the invalidation.
    pub async fn operator(&self, statement: &str) {
        self.wait_for_lease().await;
        let mut told = self.cache().watch();
        let marker = Uuid::from_u128(u128::MAX);
        let mark = if self.database_url().starts_with("sqlite:") {
            format!(
                "INSERT INTO authority_changes (kind, owner, id) VALUES ('user', unhex('{marker}', '-'), x'')"
            )
        } else {
            format!("SELECT authority_tell(ARRAY['u{marker}'], '{{}}')")
        };
        sql::execute(self.database_url(), &format!("{statement}; {mark}")).await;
        let is_marker = |key: &CacheKey| matches!(key, CacheKey::User(id) if id.as_uuid() == marker);
        while !told.recv().await.expect("the service runs").any(is_marker) {}
    }

    /// Returns a client without an account.
    pub fn anyone(&self) -> Caller {
        Caller { http: self.http.clone(), checks: self.checks.clone(), ..Caller::at(&self.base) }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if self.strict_mail && self.server.is_some() && !std::thread::panicking() {
            self.wait_for_delivery();
        }
        self.stop();
        if !std::thread::panicking() {
            let unused = self.faults.unused();
            assert!(unused.is_empty(), "no fault was met at {unused:?}");
        }
        if self.strict_mail && !std::thread::panicking() {
            let unread = self.post.unread();
            assert!(unread.is_empty(), "the test did not take its mail: {unread:?}");
        }
    }
}
