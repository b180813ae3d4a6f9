//! The service under test.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick::Bailiwick;
use bailiwick::app::authority::cache::CacheKey;
use bailiwick::app::{AuthorityCache, Settings};
use bailiwick::http::HttpSettings;
use bailiwick::infra::RedisBus;
use tokio::sync::oneshot;

use uuid::Uuid;

use crate::app::options::{OwnStore, TestAppOptions};
use crate::app::{Caller, Database, Engine, Postbox, sql};
use crate::{CountingHasher, ManualClock, SeededIds};

/// The password of the accounts that [`TestApp::sign_up`] and [`TestApp::bring_in`] create.
pub const PASSWORD: &str = "correct horse battery";

/// Mail whose delivery was not attempted.
const UNTRIED: &str =
    "SELECT recipient FROM outbox WHERE attempts = 0 AND sent_at IS NULL AND due_at IS NOT NULL";
/// Time after which delivery must have been attempted.
const DELIVERED: Duration = Duration::from_secs(20);

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
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    cache: Option<Arc<AuthorityCache>>,
    database: Database,
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
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut app = Self {
            base: String::new(),
            clock: Arc::new(ManualClock::new()),
            post: Arc::new(Postbox::default()),
            hasher: Arc::new(CountingHasher::default()),
            http,
            ids: Arc::new(SeededIds::default()),
            strict_mail: options.strict_mail,
            server: None,
            cache: None,
            database: engine.create_migrated().await,
        };
        app.restart_with(options).await;
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
            server: None,
            cache: None,
            database: self.database.shared(),
        };
        node.restart_with(options).await;
        node
    }

    /// Stops the service and starts it again with other options, on the same database and at another
    /// address.
    pub async fn restart_with(&mut self, options: TestAppOptions) {
        self.stop();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        self.base = format!("http://{}", listener.local_addr().expect("an address"));
        let start = Start {
            url: self.database.url().to_owned(),
            public_url: options
                .public_url
                .map_or_else(|| format!("{}{}", self.base, options.prefix), str::to_owned),
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
        self.cache = Some(started.await.expect("the service starts"));
    }

    /// Stops the service and waits for its end. Panics if the service panicked.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.server.take() {
            let _ = stop.send(());
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service panicked");
        }
    }

    /// Waits until delivery of each mail was attempted, so that a test fails for the same mail each time.
    fn wait_for_delivery(&self) {
        let url = self.database.url().to_owned();
        // A runtime of its own, because `drop` may run inside a runtime and cannot await there.
        let waits = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let tried = async {
                    while !sql::rows(&url, UNTRIED).await.is_empty() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::time::timeout(DELIVERED, tried).await.expect("delivery is attempted");
            });
        });
        assert!(waits.join().is_ok(), "mail waits that is never delivered");
    }

    /// The URL of the database, for a test that reads or changes it directly.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The cache of authority. Panics if the service is stopped.
    pub fn cache(&self) -> &AuthorityCache {
        self.cache.as_deref().expect("the service runs")
    }

    /// Runs a statement directly on the database, as an operator would, and waits until the service's
    /// cache has applied the invalidation.
    pub async fn operator(&self, statement: &str) {
        while !self.cache().holds_lease() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut told = self.cache().watch();
        let marker = Uuid::from_u128(u128::MAX);
        let mark = if self.database.url().starts_with("sqlite:") {
            format!(
                "INSERT INTO authority_changes (kind, owner, id) VALUES ('user', unhex('{marker}', '-'), x'')"
            )
        } else {
            format!("SELECT authority_tell(ARRAY['u{marker}'], '{{}}')")
        };
        sql::execute(self.database.url(), &format!("{statement}; {mark}")).await;
        let is_marker = |key: &CacheKey| matches!(key, CacheKey::User(id) if id.as_uuid() == marker);
        while !told.recv().await.expect("the service runs").any(is_marker) {}
    }

    /// Returns a client without an account.
    pub fn anyone(&self) -> Caller {
        let nothing = String::new();
        Caller {
            http: self.http.clone(),
            base: self.base.clone(),
            token: nothing.clone(),
            id: nothing.clone(),
            email: nothing.clone(),
            org: nothing.clone(),
            address: nothing,
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if self.strict_mail && self.server.is_some() && !std::thread::panicking() {
            self.wait_for_delivery();
        }
        self.stop();
        if self.strict_mail && !std::thread::panicking() {
            let unread = self.post.unread();
            assert!(unread.is_empty(), "the test did not take its mail: {unread:?}");
        }
    }
}

/// Arguments of the thread that starts the service.
struct Start {
    url: String,
    public_url: String,
    clock: Arc<ManualClock>,
    post: Arc<Postbox>,
    hasher: Arc<CountingHasher>,
    ids: Arc<SeededIds>,
    options: TestAppOptions,
}

impl Start {
    /// Runs the service on a runtime of its own until `stopped`.
    fn serve(
        self,
        listener: TcpListener,
        ready: oneshot::Sender<Arc<AuthorityCache>>,
        stopped: oneshot::Receiver<()>,
    ) {
        actix_web::rt::System::new().block_on(async move {
            let http = HttpSettings { public_url: self.public_url.clone(), ..self.options.http.clone() };
            let bailiwick = self.build().await;
            bailiwick.migrate().await.expect("migrations");
            let _ = ready.send(bailiwick.app().authority().cache().clone());
            let stop = async {
                let _ = stopped.await;
            };
            bailiwick.serve(listener, http, stop).await.expect("the service runs");
        });
    }

    async fn build(&self) -> Bailiwick {
        let settings = Settings { throttle_enabled: self.options.throttle, ..self.options.settings.clone() };
        let builder = Bailiwick::builder()
            .database_url(&self.url)
            .jwt((self.options.keys)())
            .clock(self.clock.clone())
            .ids(self.ids.clone())
            .public_url(&self.public_url)
            .brand(self.options.brand.clone())
            .settings(settings);
        let builder = match &self.options.mail_files {
            Some(directory) => builder.mail_to_files(directory),
            None => builder.mailer(self.post.clone()),
        };
        let builder = match &self.options.mail_templates {
            Some(directory) => builder.mail_templates(directory),
            None => builder,
        };
        let builder = match self.options.argon2 {
            Some(options) => builder.hasher_options(options),
            None => builder.hasher(self.hasher.clone()),
        };
        let builder = match &self.options.store {
            Some(OwnStore(store)) => builder.store(store.clone()),
            None => builder,
        };
        let builder = match &self.options.events {
            Some((url, prefix)) => {
                let bus = RedisBus::connect(url, prefix).await.expect("an address of Redis");
                builder.bus(Arc::new(bus))
            }
            None => builder,
        };
        builder.build().await.expect("the service is built")
    }
}
