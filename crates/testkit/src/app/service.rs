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

/// The password of everybody whom [`TestApp::sign_up`] makes.
pub const PASSWORD: &str = "correct horse battery";

/// What signs access tokens, unless a test wants other [`TestAppOptions::keys`].
pub const SECRET: &[u8] = b"a secret of the tests, long enough";

/// A store of the test's own.
#[derive(Clone)]
pub struct OwnStore(pub Arc<dyn Store>);

impl std::fmt::Debug for OwnStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnStore")
    }
}

/// How a test wants the service set.
#[derive(Clone, Debug)]
pub struct TestAppOptions {
    /// The use cases' settings.
    pub settings: Settings,
    /// Settings of the delivery; the public address is always the test's own.
    pub http: HttpSettings,
    /// The path of the public address, which a proxy would strip: `/identity`, or empty.
    pub prefix: &'static str,
    /// Whether anything is throttled; the settings' own word on that does not count.
    pub throttle: bool,
    /// The keys of access tokens.
    pub keys: fn() -> JwtKeys,
    /// Everything is kept here instead of in a database.
    pub store: Option<OwnStore>,
    /// Events go by Redis: its address, and what the names of its channels begin with.
    pub events: Option<(String, String)>,
    /// The hasher of the product, set like this; without it one that costs nothing.
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
        // Tests do not measure response times.
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

/// A running service with everything that a test decides about.
pub struct TestApp {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The service's clock.
    pub clock: Arc<ManualClock>,
    /// The mail that went out.
    pub post: Arc<Postbox>,
    /// Counts the passwords that were compared, unless by the hasher of the product.
    pub hasher: Arc<CountingHasher>,
    http: reqwest::Client,
    ids: Arc<SeededIds>,
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    cache: Option<Arc<AuthorityCache>>,
    database: Database,
}

impl TestApp {
    /// Starts the service as it is by default.
    pub async fn start(engine: &Engine) -> Self {
        Self::start_with(engine, TestAppOptions::default()).await
    }

    /// Starts the service with other settings.
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

    /// Starts another node of the service: the same data, clock and mail.
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

    /// Ends the service and starts it again with other settings: on the same data,
    /// at another address.
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

    /// Ends the service.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.server.take() {
            let _ = stop.send(());
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the service panicked");
        }
    }

    /// Where the data is, for a test that looks or meddles.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// What the service knows by heart.
    pub fn cache(&self) -> &AuthorityCache {
        self.cache.as_deref().expect("the service runs")
    }

    /// Runs a statement directly on the database, as an operator would, and waits until
    /// the service was told of it.
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

    /// A client without an account.
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

    /// Signs `name` up as `NAME@example.com` and logs in.
    pub async fn sign_up(&self, name: &str) -> Caller {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        let reply = self.anyone().post("/auth/signup", body).await.is(201);
        let org = reply.text_of("/organization/id");
        Caller { org, ..self.log_in(&email).await }
    }

    /// Logs in an account that has the password of all tests.
    pub async fn log_in(&self, email: &str) -> Caller {
        let body = json!({ "email": email, "password": PASSWORD });
        let login = self.anyone().post("/auth/login", body).await.is(200);
        let caller = self.anyone().with_token(&login.text_of("/access_token"));
        let id = caller.get("/auth/me").await.is(200).text_of("/id");
        Caller { id, email: email.to_owned(), ..caller }
    }

    /// `inviter` invites `name` into its own organization as `role`, and `name`
    /// comes in by signing up.
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

/// What the service's own thread needs.
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
    /// Runs the service until `stopped`, on a runtime of its own.
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
