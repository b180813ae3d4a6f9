//! The SQLite file is deleted, replaced, truncated or overwritten while it is served: nothing
//! is acknowledged from then on. One that is damaged, or beside the log of another, is refused
//! at the start.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bailiwick_testkit::app::sql;
use serde_json::{Value, json};

use super::support::{Place, Run, Service};

/// A check is answered by older authority for no longer, with a margin for a busy machine.
const NOTICED: Duration = Duration::from_secs(3);

struct Served {
    place: Place,
    service: Service,
    token: String,
    org: String,
}

impl Served {
    fn new() -> Self {
        let place = Place::new();
        let service = serve(&place);
        let token = service.sign_up();
        let org = service.get("/auth/me", Some(&token)).json(200)["organizations"][0]["id"].clone();
        Self { place, service, token, org: org.as_str().unwrap().to_owned() }
    }

    fn file(&self, end: &str) -> PathBuf {
        self.place.path(&format!("live.db{end}"))
    }

    /// All that is committed, in the file alone.
    async fn checkpoint(&self) {
        sql::execute(&url(&self.place), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    }

    /// One write after the fault is refused at once, and soon everything is.
    fn refuses_all(&self, fault: &str) {
        let service = &self.service;
        let written = service.post("/auth/signup", &account("late@example.com"));
        assert_eq!(written.status, 503, "{written:?} {}", service.log());
        let check = format!("/api/protected?org_id={}", self.org);
        let started = Instant::now();
        while service.get(&check, Some(&self.token)).status != 503 {
            assert!(started.elapsed() < NOTICED, "{fault}: {}", service.log());
        }
        for path in ["/readyz", "/auth/me", &check] {
            let problem = service.get(path, Some(&self.token)).json(503);
            assert_eq!(problem["code"], "service_unavailable", "{path} {fault}");
        }
        assert_eq!(service.post("/auth/login", &login()).status, 503, "{fault}");
        let log = service.log();
        let told = |line: &&str| line.contains("ERROR") && line.contains("while it was in use");
        let errors: Vec<_> = log.lines().filter(told).collect();
        assert_eq!(errors.len(), 1, "{log}");
        for word in [fault, "live.db", "until a restart", "restore a backup"] {
            assert!(errors[0].contains(word), "{word}: {log}");
        }
    }
}

fn url(place: &Place) -> String {
    format!("sqlite:{}", place.path("live.db").display())
}

fn serve(place: &Place) -> Service {
    place.serve(&[("DATABASE_URL", &url(place)), ("BAILIWICK__THROTTLE__ENABLED", "false")])
}

fn account(email: &str) -> Value {
    json!({ "email": email, "password": "correct horse battery", "first_name": "Eve", "last_name": "" })
}

fn login() -> Value {
    json!({ "email": "ada@example.com", "password": "correct horse battery" })
}

/// So many that new pages are needed.
fn sign_up_many(service: &Service, start: usize) {
    for number in 0..10 {
        service.post("/auth/signup", &account(&format!("u{number}.{start}@example.com"))).json(201);
    }
}

fn refused(place: &Place, words: &[&str]) {
    for command in ["serve", "migrate"] {
        let run: Run = place.run(&[command], &[("DATABASE_URL", &url(place))]);
        run.refused(words);
    }
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_deleted() {
    let served = Served::new();
    fs::remove_file(served.file("")).unwrap();
    served.refuses_all("was deleted or moved away");
    assert!(!served.file("").exists(), "no other file is made in its place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_replaced() {
    let served = Served::new();
    served.checkpoint().await;
    fs::copy(served.file(""), served.place.path("copy.db")).unwrap();
    fs::rename(served.place.path("copy.db"), served.file("")).unwrap();
    served.refuses_all("was replaced by another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_was_truncated() {
    for length in [0, 8192] {
        let served = Served::new();
        served.checkpoint().await;
        // The length is known since the last look.
        assert_eq!(served.service.get("/readyz", None).status, 200);
        OpenOptions::new().write(true).open(served.file("")).unwrap().set_len(length).unwrap();
        served.refuses_all("was truncated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_an_older_copy_was_written_over() {
    let served = Served::new();
    served.checkpoint().await;
    let copy = fs::read(served.file("")).unwrap();
    for number in 0..40 {
        let email = format!("u{number}@example.com");
        served.service.post("/auth/signup", &account(&email)).json(201);
    }
    served.checkpoint().await;
    assert_eq!(served.service.get("/readyz", None).status, 200);
    overwrite(&served.file(""), 0, &copy);
    served.refuses_all("was overwritten by an older copy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_file_that_another_was_written_over() {
    let (served, other) = (Served::new(), Served::new());
    for served in [&served, &other] {
        served.checkpoint().await;
        assert_eq!(served.service.get("/readyz", None).status, 200);
    }
    overwrite(&served.file(""), 0, &fs::read(other.file("")).unwrap());
    served.refuses_all("was overwritten by another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_into_a_log_that_was_deleted() {
    let served = Served::new();
    fs::remove_file(served.file("-wal")).unwrap();
    served.refuses_all("lost its -wal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_and_vacuum_of_an_operator_are_no_fault() {
    let served = Served::new();
    for statement in ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(RESTART)", "VACUUM"]
    {
        sql::execute(&url(&served.place), statement).await;
        assert_eq!(served.service.post("/auth/login", &login()).status, 200, "{statement}");
        assert_eq!(served.service.get("/readyz", None).status, 200, "{statement}");
    }
    assert!(!served.service.log().contains("ERROR"), "{}", served.service.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_refused_at_the_start() {
    let served = Served::new();
    served.checkpoint().await;
    let Served { place, service, .. } = served;
    assert_eq!(service.stop("TERM"), Some(0));
    // SQLite deletes an empty log with its last connection.
    sql::execute(&url(&place), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    let path = place.path("live.db");
    let sound = fs::read(&path).unwrap();
    let pages = sound.len() as u64 / 4096;
    for page in [2, pages / 2] {
        overwrite(&path, page * 4096, &[0x5a; 4096]);
    }
    refused(&place, &["is damaged", "restore a backup", ".recover"]);
    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    refused(&place, &["is damaged", "restore a backup"]);
    fs::write(
        &path,
        "no database at all, but long enough to hold the header of one, were it a file of SQLite",
    )
    .unwrap();
    refused(&place, &["is damaged"]);
    fs::write(&path, &sound).unwrap();
    assert_eq!(serve(&place).post("/auth/login", &login()).status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_another_file_is_refused_at_the_start() {
    let served = Served::new();
    served.checkpoint().await;
    let before = fs::read(served.file("")).unwrap();
    let Served { place, service, .. } = served;
    service.stop("TERM");
    // The counter of changes grows with each connection that writes.
    for start in 0..4 {
        let service = serve(&place);
        sign_up_many(&service, start);
        if start == 3 {
            service.post("/auth/signup", &account("last@example.com")).json(201);
            service.stop("KILL");
        } else {
            sql::execute(&url(&place), "PRAGMA wal_checkpoint(TRUNCATE)").await;
            service.stop("TERM");
        }
    }
    let path = place.path("live.db");
    let now = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    refused(&place, &["-wal does not belong", "missing or empty", "restore a backup"]);
    fs::write(&path, &before).unwrap();
    refused(&place, &["-wal does not belong", "older than the log", "move the -wal away"]);
    let other = Served::new();
    other.checkpoint().await;
    fs::write(&path, fs::read(other.file("")).unwrap()).unwrap();
    refused(&place, &["-wal does not belong", "another database"]);
    fs::write(&path, &now).unwrap();
    let log = fs::read(place.path("live.db-wal")).unwrap();
    overwrite(&place.path("live.db-wal"), 8, &[7; 4]);
    refused(&place, &["-wal does not belong", "header of the log is damaged"]);

    fs::write(place.path("live.db-wal"), &log).unwrap();
    let service = serve(&place);
    let mut last = login();
    last["email"] = json!("last@example.com");
    assert_eq!(service.post("/auth/login", &last).status, 200, "the pair that fits is served");
}
