//! The service under test.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bailiwick::Bailiwick;
use bailiwick::app::authority::cache::CacheKey;
use bailiwick::app::{AuthorityCache, Settings, Store};
use bailiwick::http::HttpSettings;
use bailiwick::infra::{HasherOptions, JwtKeys, RedisBus};
use serde_json::json;
use tokio::sync::oneshot;

use uuid::Uuid;

use crate::app::{Caller, Database, Engine, Postbox, sql};
use crate::{CountingHasher, ManualClock, SeededIds};

/// The password of the accounts that [`TestApp::sign_up`] and [`TestApp::bring_in`] create.
pub const PASSWORD: &str = "correct horse battery";

/// The key that signs access tokens by default; see [`TestAppOptions::keys`].
pub const SECRET: &[u8] = b"a secret of the tests, long enough";

/// A store that the test provides.
#[derive(Clone)]
pub struct OwnStore(pub Arc<dyn Store>);

impl std::fmt::Debug for OwnStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnStore")
    }
}

/// The options of a service under test.
#[derive(Clone, Debug)]
pub struct TestAppOptions {
    /// Settings of the use cases.
    pub settings: Settings,
    /// Settings of the HTTP server. The public URL is always set by the test.
    pub http: HttpSettings,
    /// The path of the public URL, which a proxy would strip: `/identity`, or empty.
    pub prefix: &'static str,
    /// Whether requests are rate limited; replaces the value in [`Self::settings`].
    pub throttle: bool,
    /// Returns the keys of access tokens.
    pub keys: fn() -> JwtKeys,
    /// The store that replaces the database, if any.
    pub store: Option<OwnStore>,
    /// The URL of Redis and the prefix of its channels, if events go through Redis.
    pub events: Option<(String, String)>,
    /// Options of the Argon2 hasher; without them a hasher that costs nothing is used.
    pub argon2: Option<HasherOptions>,
}

impl Default for TestAppOptions {
    fn default() -> Self {
        let http = HttpSettings {
            workers: NonZeroUsize::MIN,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(1),
            trusted_proxies: vec!["127.0.0.1".parse().expect("an address")],
            ..HttpSettings::default()
        };
        // No test measures response times.
        let settings = Settings { answer_pace: Duration::ZERO, ..Settings::default() };
        Self {
            settings,
            http,
            prefix: "",
            throttle: false,
            keys: usual_keys,
            store: None,
            events: None,
            argon2: None,
        }
    }
}

fn usual_keys() -> JwtKeys {
    JwtKeys::hs256(SECRET).expect("a key")
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
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    cache: Option<Arc<AuthorityCache>>,
    database: Database,
}

impl TestApp {
    /// Starts the service with the default options.
    pub async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, TestAppOptions::default()).await
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
            public_url: format!("{}{}", self.base, options.prefix),
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

    /// Signs up `NAME@example.com` and logs it in.
    pub async fn sign_up(&self, name: &str) -> Caller {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        let reply = self.anyone().post("/auth/signup", body).await.is(201);
        let org = reply.text_of("/organization/id");
        Caller { org, ..self.log_in(&email).await }
    }

    /// Logs in an account whose password is [`PASSWORD`].
    pub async fn log_in(&self, email: &str) -> Caller {
        let body = json!({ "email": email, "password": PASSWORD });
        let login = self.anyone().post("/auth/login", body).await.is(200);
        let caller = self.anyone().with_token(&login.text_of("/access_token"));
        let id = caller.get("/auth/me").await.is(200).text_of("/id");
        Caller { id, email: email.to_owned(), ..caller }
    }

    /// Invites `NAME@example.com` into the organization of `inviter` as `role`, signs it up by the
    /// invitation and logs it in.
    pub async fn bring_in(&self, inviter: &Caller, name: &str, role: &str) -> Caller {
        let role = inviter.role_id(&inviter.org, role).await;
        let email = format!("{name}@example.com");
        let invite = json!({ "email": email, "org_id": inviter.org, "role_id": role });
        inviter.post("/auth/invite", invite).await.is(200);
        let token = self.post.secret_for(&email).await;
        let body = json!({ "token": token, "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        self.anyone().post("/auth/signup-invite", body).await.is(201);
        self.log_in(&email).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
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
            .mailer(self.post.clone())
            .settings(settings);
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
