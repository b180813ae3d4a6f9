//! A full disk: a request that must write is refused with 503 and leaves nothing, reads and
//! refusals work, and everything works again once there is space.
//!
//! The test needs no privilege: a limit on the file size of the process makes SQLite's writes fail
//! as on a full disk.

use bailiwick_testkit::app::sql;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use super::support::{Service, WorkDir};

/// Ignores the signal by which the first write beyond the limit would kill the process.
const IGNORE_SIZE_SIGNAL: &str = "trap '' XFSZ";
const ADA: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// Limits the size of every file of the service, in bytes; `None` is no limit.
fn limit_files(service: &Service, length: Option<u64>) {
    let process = Pid::from_raw(service.process().try_into().unwrap());
    let limit = Rlimit { current: length, maximum: None };
    prlimit(process, Resource::Fsize, limit).unwrap();
}

/// Settings without throttling, because one client sends many requests.
fn settings(url: &str) -> [(&str, &str); 3] {
    [
        ("DATABASE_URL", url),
        ("JWT_SECRET", "a secret of the tests, long enough"),
        ("BAILIWICK__THROTTLE__ENABLED", "false"),
    ]
}

fn account(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace" })
}

fn login(service: &Service, email: &str) -> u16 {
    service.post("/auth/login", &json!({ "email": email, "password": PASSWORD })).status
}

#[track_caller]
fn unavailable(service: &Service, method: &str, path: &str, token: Option<&str>, body: &Value) {
    let answer = service.send(method, path, token, &body.to_string());
    let problem = answer.json(503);
    assert_eq!(problem["code"], "service_unavailable", "{method} {path} {answer:?}");
}

fn writes_are_refused(service: &Service, token: &str, org: &str, role: &str) {
    let token = Some(token);
    let invite = json!({ "email": "bob@example.com", "org_id": org, "role_id": role });
    for (method, path, body) in [
        ("POST", "/auth/signup", account("eve@example.com")),
        ("POST", "/auth/login", json!({ "email": ADA, "password": PASSWORD })),
        ("POST", "/auth/forgot-password", json!({ "email": ADA })),
        ("PUT", "/auth/me", json!({ "first_name": "Eve" })),
        ("POST", "/auth/invite", invite),
        ("POST", "/organizations", json!({ "name": "Second" })),
        // A revocation that cannot be stored must not be acknowledged.
        ("POST", "/auth/logout", json!({})),
        ("DELETE", "/auth/me", json!({})),
    ] {
        unavailable(service, method, path, token, &body);
    }
}

fn assert_reads_and_refusals_work(service: &Service, token: &str, org: &str) {
    let me = service.get("/auth/me", Some(token)).json(200);
    assert_eq!((&me["first_name"], &me["email"]), (&json!("Ada"), &json!(ADA)));
    for path in ["/healthz", "/version"] {
        assert_eq!(service.get(path, None).status, 200, "{path}");
    }
    for path in [format!("/api/protected?org_id={org}"), format!("/organizations/{org}/users")] {
        assert_eq!(service.get(&path, Some(token)).status, 200, "{path}");
        assert_eq!(service.get(&path, None).status, 401, "{path}");
        assert_eq!(service.get(&path, Some("garbage")).status, 401, "{path}");
        let elsewhere = path.replace(org, "0198c5a0-7d3e-7000-8000-000000000001");
        assert_eq!(service.get(&elsewhere, Some(token)).status, 403, "{path}");
    }
    assert_eq!(service.post("/auth/signup", &json!({})).status, 422);
    assert_eq!(service.get("/nowhere", Some(token)).status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_only_writes() {
    let work_dir = WorkDir::new();
    let url = format!("sqlite:{}", work_dir.path("full.db").display());
    let settings = settings(&url);
    let service = work_dir.serve_after(IGNORE_SIZE_SIGNAL, &settings);
    let token = service.sign_up();
    let org = service.get("/auth/me", Some(&token)).json(200)["organizations"][0]["id"].clone();
    let org = org.as_str().unwrap();
    let roles = service.get(&format!("/roles/list_roles?org_id={org}"), Some(&token)).json(200);
    let guest = roles[3]["id"].as_str().unwrap();

    for _ in 0..3 {
        limit_files(&service, Some(0));
        for _ in 0..3 {
            writes_are_refused(&service, &token, org, guest);
            assert_reads_and_refusals_work(&service, &token, org);
        }
        limit_files(&service, None);
        assert_eq!(login(&service, ADA), 200, "there is room again: {}", service.log());
    }
    let users = "SELECT email FROM users ORDER BY email";
    assert_eq!(sql::rows(&url, users).await, [ADA]);
    for table in ["invitations", "sessions WHERE ended_at IS NOT NULL", "organizations WHERE name = 'Second'"]
    {
        let rows = sql::rows(&url, &format!("SELECT 1 FROM {table}")).await;
        assert_eq!(rows, Vec::<String>::new(), "{table}");
    }
    assert_eq!(sql::rows(&url, "PRAGMA integrity_check").await, ["ok"]);
    assert!(!service.log().contains("panicked"), "{}", service.log());
    assert_eq!(service.stop("TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_disk_that_fills_up() {
    let work_dir = WorkDir::new();
    let url = format!("sqlite:{}", work_dir.path("full.db").display());
    let settings = settings(&url);
    let service = work_dir.serve_after(IGNORE_SIZE_SIGNAL, &settings);
    service.sign_up();
    let length = std::fs::metadata(work_dir.path("full.db-wal")).unwrap().len();
    limit_files(&service, Some(length + 800_000));
    let mut expected = vec![ADA.to_owned()];
    let mut refused = 0;
    for number in 0..200 {
        let email = format!("u{number:03}@example.com");
        match service.post("/auth/signup", &account(&email)).status {
            201 => expected.push(email),
            503 => refused += 1,
            other => panic!("{other}: {}", service.log()),
        }
        if refused == 5 {
            break;
        }
    }
    assert!(expected.len() > 2 && refused == 5, "{expected:?}");
    service.stop("KILL");

    let service = work_dir.serve_after(IGNORE_SIZE_SIGNAL, &settings);
    let users = "SELECT email FROM users ORDER BY email";
    assert_eq!(sql::rows(&url, users).await, expected);
    for email in &expected {
        assert_eq!(login(&service, email), 200, "{email}");
    }
    service.post("/auth/signup", &account("late@example.com")).json(201);
}
