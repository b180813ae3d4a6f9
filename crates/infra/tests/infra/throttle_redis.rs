//! Rate limits counted in a real Redis. The conformance suite tests what every throttle promises.
//!
//! The server is that of `BAILIWICK_TEST_REDIS`, or one of the test's own if the test kills it.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration as Span, Instant};

use bailiwick_app::{Limit, Throttle, ThrottleKey};
use bailiwick_infra::{RedisThrottle, read_ca_file};
use bailiwick_kernel::{PrivateRoots, Timestamp};
use bailiwick_testkit::app::Certificates;
use time::Duration;

const SERVER: &str = "BAILIWICK_TEST_REDIS";
const REQUIRE: &str = "BAILIWICK_TEST_REQUIRE";
const LIMIT: Limit = Limit::new("test", 20, Duration::HOUR);
/// Maximum duration of a call: the promised 50 ms and a margin for a busy machine.
const DEADLINE: Span = Span::from_millis(500);
/// Timeout of the first connection, for which the start waits.
const FIRST_TIMEOUT: Span = Span::from_secs(2);
const TIMEOUT: Span = Span::from_secs(30);

static NEXT: AtomicU32 = AtomicU32::new(0);

fn start() -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000).unwrap()
}

fn key(text: &str) -> ThrottleKey {
    ThrottleKey::from_text(text)
}

/// Returns the URL from the environment; without one it reports that `test` is left out.
pub fn server_or_left_out(test: &str) -> Option<String> {
    match std::env::var(SERVER) {
        Ok(url) if !url.is_empty() => Some(url),
        _ => {
            assert!(std::env::var(REQUIRE).is_err(), "{REQUIRE} is set, but {SERVER} names no server");
            let _ = writeln!(std::io::stderr(), "left out: {test} on Redis ({SERVER} names no server)");
            None
        }
    }
}

/// Returns a prefix for keys that no other test uses; the keys expire by themselves.
pub fn prefix() -> String {
    format!("bailiwick-test:{}:{}:", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Takes until it is refused; returns the number taken.
async fn drain(throttle: &RedisThrottle, limit: Limit, key: &ThrottleKey) -> u32 {
    let mut taken = 0;
    while throttle.take(limit, key, start()).await.is_ok() {
        taken += 1;
    }
    taken
}

/// Connects with a long deadline, so that a busy machine is not taken for a failure of Redis.
pub async fn with_long_deadline(url: &str, prefix: &str) -> RedisThrottle {
    RedisThrottle::connect(url, prefix).await.unwrap().with_deadline(Span::from_secs(20))
}

#[tokio::test]
async fn a_counter_expires_even_if_a_clock_was_ahead() {
    let Some(url) = server_or_left_out("a clock set back") else { return };
    let prefix = prefix();
    let throttle = with_long_deadline(&url, &prefix).await;
    let limit = Limit::new("clock", 5, Duration::seconds(10));
    while throttle.take(limit, &key("a"), start() + Duration::HOUR).await.is_ok() {}
    assert_eq!(throttle.take(limit, &key("a"), start()).await, Err(Duration::seconds(2)));
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let name = format!("{prefix}throttle:clock:a");
    let life: i64 = redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
    assert!(life > 0 && life <= 70_000, "it expires a minute after its window: {life}");
}

/// A Redis server of the test's own.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it on this port, or on a free one.
    pub fn start(port: Option<u16>) -> Self {
        Self::start_with("--port", port, &[])
    }

    /// Starts one that accepts TLS only.
    pub fn start_tls(certificates: &Certificates, name: &str) -> Self {
        let [certificate, key] = ["pem", "key"].map(|kind| certificates.file(&format!("{name}.{kind}")));
        let ca = certificates.ca();
        let [certificate, key, ca] = [&certificate, &key, &ca].map(|path| path.to_str().unwrap());
        let tls = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", ca];
        let options = [&["--port", "0", "--tls-auth-clients", "no"][..], &tls].concat();
        Self::start_with("--tls-port", None, &options)
    }

    fn start_with(kind: &str, port: Option<u16>, more: &[&str]) -> Self {
        for _ in 0..20 {
            let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let port = port.unwrap_or_else(free);
            let options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
            let mut child = Command::new("redis-server")
                .args(options)
                .args(more)
                .args([kind, &port.to_string()])
                .current_dir(std::env::temp_dir())
                .stdout(Stdio::null())
                .spawn()
                .expect("redis-server");
            let started = Instant::now();
            while child.try_wait().unwrap().is_none() && started.elapsed() < TIMEOUT {
                if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Self { child, port };
                }
                std::thread::sleep(Span::from_millis(10));
            }
        }
        panic!("redis-server does not start");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn address(&self) -> std::net::SocketAddr {
        std::net::SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub fn kill(mut self) -> u16 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_counts_by_tls_where_the_ca_is_trusted() {
    if server_or_left_out("TLS").is_none() {
        return;
    }
    let certificates = Certificates::make();
    let roots = read_ca_file(&certificates.ca()).unwrap();
    let redis = Server::start_tls(&certificates, "server");
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("rediss://{host}:{}", redis.address().port());
        let throttle = RedisThrottle::connect_trusting(&url, &prefix(), &roots).await.unwrap();
        let throttle = throttle.with_deadline(Span::from_secs(20));
        assert_eq!(drain(&throttle, LIMIT, &key("a")).await, 20, "{host}");
    }
    let elsewhere = Server::start_tls(&certificates, "elsewhere");
    let stranger = PrivateRoots::default();
    for (server, roots) in [(&redis, &stranger), (&elsewhere, &roots)] {
        let url = format!("rediss://127.0.0.1:{}", server.address().port());
        let throttle = RedisThrottle::connect_trusting(&url, &prefix(), roots).await.unwrap();
        let throttle = throttle.with_deadline(Span::from_secs(2));
        assert_eq!(drain(&throttle, LIMIT, &key("a")).await, 10, "it counts alone");
    }
    let insecure = RedisThrottle::connect("rediss://127.0.0.1/#insecure", &prefix()).await;
    assert!(insecure.is_err(), "certificates are always verified");
}

/// The captured log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures the log of this thread until the guard is dropped.
    fn catch(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        tracing::subscriber::set_default(
            tracing_subscriber::fmt().with_writer(move || log.clone()).with_ansi(false).finish(),
        )
    }

    fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.0.lock().unwrap()).matches(text).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn while_redis_is_gone_each_node_counts_alone_and_half_as_generously() {
    if server_or_left_out("a Redis that is killed").is_none() {
        return;
    }
    let (server, log) = (Server::start(None), Log::default());
    let _guard = log.catch();
    let nodes =
        [with_long_deadline(&server.url(), "a:").await, with_long_deadline(&server.url(), "a:").await];
    assert_eq!(drain(&nodes[0], LIMIT, &key("a")).await, 20);
    assert_eq!(drain(&nodes[1], LIMIT, &key("a")).await, 0);

    assert_eq!(log.count("Redis"), 0);
    let port = server.kill();
    let started = Instant::now();
    for node in &nodes {
        assert_eq!(drain(node, LIMIT, &key("a")).await, 10, "half");
        assert_eq!(drain(node, Limit { name: "one", burst: 1, ..LIMIT }, &key("a")).await, 1);
    }
    assert!(started.elapsed() < DEADLINE * 4, "{:?}", started.elapsed());

    assert_eq!(log.count("Redis does not answer"), nodes.len(), "each says it once");
    let server = Server::start(Some(port));
    let started = Instant::now();
    let mut n = 0;
    loop {
        // If they count together, both nodes admit as many as one.
        n += 1;
        let key = key(&format!("again {n}"));
        if drain(&nodes[0], LIMIT, &key).await == 20 && drain(&nodes[1], LIMIT, &key).await == 0 {
            break;
        }
        assert!(started.elapsed() < TIMEOUT, "{n}");
        tokio::time::sleep(Span::from_millis(50)).await;
    }
    assert_eq!(log.count("Redis answers again"), nodes.len());
    drop(server);
}

#[tokio::test]
async fn a_redis_that_never_answers_costs_no_more_than_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let started = Instant::now();
    let throttle = RedisThrottle::connect(&url, "a:").await.unwrap();
    assert!(started.elapsed() < FIRST_TIMEOUT * 10, "{:?}", started.elapsed());
    let mut slowest = Span::ZERO;
    let mut taken = 0;
    for _ in 0..100 {
        let started = Instant::now();
        taken += u32::from(throttle.take(LIMIT, &key("a"), start()).await.is_ok());
        slowest = slowest.max(started.elapsed());
    }
    assert_eq!(taken, 10);
    assert!(slowest < DEADLINE, "{slowest:?}");
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_no_error_and_a_url_of_something_else_is() {
    let throttle = RedisThrottle::connect("redis://127.0.0.1:1", "a:").await.unwrap();
    assert_eq!(drain(&throttle, LIMIT, &key("a")).await, 10);
    let error = RedisThrottle::connect("http://user:secret@127.0.0.1", "a:").await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}
