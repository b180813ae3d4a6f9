//! Metrics for an operator, on a listener of their own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Service, WorkDir};

const BIND: [(&str, &str); 1] = [("METRICS_BIND", "127.0.0.1:0")];
const TIMEOUT: Duration = Duration::from_secs(20);

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

struct Metrics(String);

impl Metrics {
    fn of(service: &Service) -> Self {
        let url = service.metrics_url();
        Self(url.strip_prefix("http://").unwrap().strip_suffix("/metrics").unwrap().to_owned())
    }

    fn value(&self, name: &str) -> f64 {
        let text = get(&self.0, "/metrics");
        let line = text.lines().find(|line| line.starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name}: {text}")).split(' ').next_back().unwrap().parse().unwrap()
    }

    fn becomes(&self, name: &str, wanted: impl Fn(f64) -> bool) {
        let started = Instant::now();
        while !wanted(self.value(name)) {
            assert!(started.elapsed() < TIMEOUT, "{name} is {}", self.value(name));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn authority_is_measured() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&BIND);
    let metrics = Metrics::of(&service);
    metrics.becomes("bailiwick_authority_lease", |lease| (lease - 1.0).abs() < 0.1);
    let token = service.sign_up();
    for _ in 0..5 {
        service.get("/auth/me", Some(&token)).json(200);
    }
    metrics.becomes("bailiwick_authority_checks_total{source=\"memory\"}", |hits| hits >= 3.0);
    metrics.becomes("bailiwick_authority_checks_total{source=\"store\"}", |misses| misses >= 1.0);
    metrics.becomes("bailiwick_authority_entries{kind=\"session\"}", |sessions| sessions >= 1.0);
    let changes = metrics.value("bailiwick_authority_changes_total");
    assert_eq!(service.send("POST", "/auth/logout", Some(&token), "").status, 204);
    metrics.becomes("bailiwick_authority_changes_total", |now| now > changes);
    for histogram in ["authority_wait_seconds", "authority_renewal_seconds"] {
        let text = get(&metrics.0, "/metrics");
        assert!(text.contains(&format!("# TYPE bailiwick_{histogram} histogram")), "{text}");
        assert!(text.contains("le=\"+Inf\""), "{text}");
    }
}

#[test]
fn metrics_are_on_their_own_listener_and_nothing_else_is_there() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&BIND);
    let metrics = Metrics::of(&service);
    let text = get(&metrics.0, "/metrics");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("content-type: application/openmetrics-text"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for path in ["/", "/auth/me", "/healthz"] {
        assert!(get(&metrics.0, path).starts_with("HTTP/1.1 404"), "{path}");
    }
    assert_eq!(service.get("/metrics", None).status, 404, "not where users come");
    assert_eq!(service.stop("TERM"), Some(0));
}
