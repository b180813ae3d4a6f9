//! Request bodies built to exhaust memory, after which the process must not have grown.

use serde_json::json;

use crate::support::{Service, WorkDir};

/// Returns the resident memory of the process, in KiB.
pub fn memory(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

fn bombs() -> [(String, u16); 5] {
    let items = vec!["[]"; 20_000].join(",");
    let keys = (0..7000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",");
    [
        ("[".repeat(65_000), 400),
        ("{\"a\":".repeat(10_000), 400),
        (format!("{{\"email\":[{items}]}}"), 400),
        (format!("{{{keys},\"email\":\"a\"}}"), 400),
        (format!("{{\"email\":\"{}\"}}", "x".repeat(1_000_000)), 413),
    ]
}

#[test]
fn memory_stays_as_it_was() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let throw = |rounds: usize| {
        for _ in 0..rounds {
            for (bomb, status) in bombs() {
                let request = http.post(format!("{}/auth/signup", service.api));
                let answer = request.header("content-type", "application/json").body(bomb).send();
                // A server that refuses by the length alone may close before the whole body was sent.
                let got = answer.map_or(413, |answer| answer.status().as_u16());
                assert_eq!(got, status);
            }
        }
    };
    throw(20);
    let before = memory(&service);
    throw(100);
    let grown = memory(&service).saturating_sub(before);
    // The growth after five hundred bodies; the allocator keeps a little.
    assert!(grown < 8 * 1024, "{grown} KiB more than {before}");
    assert_eq!(service.post("/auth/signup", &json!({})).status, 422);
}
