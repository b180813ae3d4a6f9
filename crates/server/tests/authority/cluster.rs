//! Several nodes, each a real process, on one PostgreSQL. Each node connects through a proxy of its
//! own, which the test can cut.

use std::sync::RwLock;
use std::time::Duration;

use bailiwick_testkit::app::Proxy;
use reqwest::{Client, Method, RequestBuilder};
use tokio::sync::Mutex;

use crate::postgres::{Postgres, send};
use crate::support::{Service, WorkDir};

pub const NODES: usize = 3;

/// Client timeout. It is longer than any timeout of the service and any fault, so that the service ends a
/// request before the client does.
const TIMEOUT: Duration = Duration::from_secs(30);

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub postgres: Mutex<Postgres>,
    /// URL of the database, without a proxy.
    pub url: String,
}

/// One process of the service.
pub struct Node {
    pub proxy: Proxy,
    work_dir: WorkDir,
    flaw: Option<&'static str>,
    service: std::sync::Mutex<Option<Service>>,
    api: RwLock<String>,
    http: Client,
}

impl Cluster {
    /// Starts the cluster. `flaw` names a deliberate bug, if the program is built with flaws.
    pub fn start(postgres: Postgres, flaw: Option<&'static str>) -> Self {
        let nodes = (0..NODES).map(|_| Node::start(&postgres, flaw)).collect();
        Self { nodes, url: postgres.url(), postgres: Mutex::new(postgres) }
    }

    /// Returns the logs of all nodes, for a failed test.
    pub fn logs(&self) -> String {
        let logs =
            self.nodes.iter().enumerate().map(|(number, node)| format!("node {number}:\n{}", node.log()));
        logs.collect()
    }
}

impl Node {
    fn start(postgres: &Postgres, flaw: Option<&'static str>) -> Self {
        let http = Client::builder().no_proxy().timeout(TIMEOUT).tcp_nodelay(true);
        let node = Self {
            proxy: Proxy::to(postgres.address()),
            work_dir: WorkDir::new(),
            flaw,
            service: std::sync::Mutex::default(),
            api: RwLock::default(),
            http: http.build().unwrap(),
        };
        node.run();
        node
    }

    /// Starts the process and waits until it listens.
    pub fn run(&self) {
        let url = Postgres::url_through(self.proxy.address());
        let redis = std::env::var("BAILIWICK_TEST_REDIS").unwrap_or_default();
        let mut environment = vec![
            ("DATABASE_URL", url.as_str()),
            ("REDIS_URL", &redis),
            ("JWT_SECRET", "a secret of the tests, long enough"),
            ("PUBLIC_URL", "http://localhost"),
            ("BAILIWICK__THROTTLE__ENABLED", "false"),
            ("BAILIWICK__SERVER__WORKERS", "2"),
            ("BAILIWICK__HASHER__THREADS", "1"),
        ];
        environment.extend(self.flaw.map(|flaw| ("BAILIWICK_FLAW", flaw)));
        let service = self.work_dir.serve(&environment);
        self.api.write().unwrap().clone_from(&service.api);
        *self.service.lock().unwrap() = Some(service);
    }

    pub fn kill(&self) {
        // Dropping kills the process and waits for it.
        drop(self.service.lock().unwrap().take());
    }

    /// Sends a signal to the process, if it runs.
    pub fn signal(&self, signal: &str) {
        if let Some(service) = &*self.service.lock().unwrap() {
            send(signal, service.process());
        }
    }

    /// Returns the base URL, `http://127.0.0.1:PORT`; it changes with each start.
    pub fn api(&self) -> String {
        self.api.read().unwrap().clone()
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.api())).bearer_auth(token)
    }

    fn log(&self) -> String {
        self.service.lock().unwrap().as_ref().map(Service::log).unwrap_or_default()
    }
}
