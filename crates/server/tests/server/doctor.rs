//! `doctor`: every check, its exit code, and that it changes nothing.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use bailiwick_testkit::app::{Database, Engine, sql};
use serde_json::{Value, json};

use crate::support::{Run, WorkDir};

pub const DOCTOR: [&str; 2] = ["doctor", "--json"];
const SECRET: &str = "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a";
const CREATE: [&str; 5] = ["admin", "create", "--email", "root@example.com", "--password-stdin"];

/// The report of `doctor`.
pub struct Checks(Value);

impl Checks {
    #[track_caller]
    pub fn of(run: &Run, code: i32) -> Self {
        assert_eq!(run.code, Some(code), "{run:?}");
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["ok"], code == 0);
        assert_eq!(report["checks"].as_array().unwrap().len(), 20);
        Self(report)
    }

    pub fn get(&self, name: &str) -> &Value {
        self.0["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
    }

    /// Asserts the outcome of a check and that its text contains these words.
    #[track_caller]
    pub fn says(&self, name: &str, outcome: &str, words: &[&str]) {
        let check = self.get(name);
        assert_eq!(check["outcome"], outcome, "{check}");
        assert_eq!(check["remedy"].is_string(), ["warning", "failed"].contains(&outcome), "{check}");
        for word in words {
            assert!(check["message"].as_str().unwrap().contains(word), "{word:?} is missing: {check}");
        }
    }

    /// Asserts that the advice of a check contains these words.
    #[track_caller]
    pub fn advises(&self, name: &str, words: &[&str]) {
        let check = self.get(name);
        for word in words {
            assert!(check["remedy"].as_str().unwrap().contains(word), "{word:?} is missing: {check}");
        }
    }
}

#[track_caller]
pub fn doctor(work_dir: &WorkDir, environment: &[(&str, &str)], code: i32) -> Checks {
    Checks::of(&work_dir.run(&DOCTOR, environment), code)
}

/// Returns every file below the directory, with its length.
pub fn files(work_dir: &WorkDir) -> Vec<(String, u64)> {
    let mut folders = vec![work_dir.path(".")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let (path, kind) = entry.map(|entry| (entry.path(), entry.metadata().unwrap())).unwrap();
            found.push((path.display().to_string(), if kind.is_dir() { 0 } else { kind.len() }));
            if kind.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn before_the_first_start_nothing_fails_and_nothing_is_made() {
    let work_dir = WorkDir::new();
    let checks = doctor(&work_dir, &[], 0);
    checks.says("settings", "ok", &[]);
    checks.says("jwt_secret", "ok", &["not set", "data/jwt_secret"]);
    checks.says("jwt_previous_keys", "ok", &[]);
    checks.says("jwt_algorithm", "ok", &["HS256"]);
    checks.says("jwt_expiry", "ok", &["60", "medium security"]);
    checks.says("clock", "ok", &[]);
    checks.says("data_dir", "ok", &["data", "first start"]);
    checks.says("disk", "ok", &[]);
    checks.says("database", "warning", &["data/bailiwick.db", "not there yet"]);
    for name in ["migrations", "organization_owners", "platform_administrator", "undeliverable_mail"] {
        checks.says(name, "skipped", &[]);
    }
    checks.says("redis", "skipped", &[]);
    checks.says("smtp", "skipped", &[]);
    checks.says("mail_outbox", "ok", &["data/outbox"]);
    checks.says("public_url", "ok", &[]);
    checks.says("throttle", "ok", &[]);
    checks.says("cors", "ok", &[]);
    assert_eq!(files(&work_dir), [], "nothing was made");
}

#[test]
fn the_report_has_a_line_for_each_check_and_its_remedy_below() {
    let run = WorkDir::new().run(&["doctor"], &[("BAILIWICK__THROTTLE__ENABLED", "false")]).succeeded();
    let mut lines = run.stdout.lines().skip_while(|line| !line.starts_with("warning  throttle"));
    assert!(lines.next().is_some_and(|line| line.contains("off")), "{}", run.stdout);
    assert!(lines.next().is_some_and(|line| line.starts_with("         -> ")), "{}", run.stdout);
    assert!(lines.next().is_some_and(|line| line.starts_with("ok       cors")), "{}", run.stdout);
}

#[test]
fn doctor_works_beside_a_running_service() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    service.sign_up();
    let checks = doctor(&work_dir, &[], 0);
    checks.says("jwt_secret", "ok", &["generated, kept in data/jwt_secret"]);
    checks.says("database", "ok", &["SQLite", "data/bailiwick.db"]);
    checks.says("migrations", "ok", &[]);
    checks.says("organization_owners", "ok", &[]);
    checks.says("platform_administrator", "warning", &[]);
    checks.says("undeliverable_mail", "ok", &[]);
    assert!(checks.get("platform_administrator")["remedy"].as_str().unwrap().contains("admin create"));

    work_dir.run_with_input(&CREATE, &[], "correct horse battery\n").succeeded();
    doctor(&work_dir, &[], 0).says("platform_administrator", "ok", &[]);
    assert_eq!(service.get("/healthz", None).status, 200);
    assert_eq!(service.stop("TERM"), Some(0));

    let before = files(&work_dir);
    doctor(&work_dir, &[], 0).says("database", "ok", &[]);
    assert_eq!(files(&work_dir), before, "nothing was made or changed");
}

#[test]
fn a_stored_secret_must_be_complete_and_private_to_its_owner() {
    let work_dir = WorkDir::new();
    fs::create_dir(work_dir.path("data")).unwrap();
    work_dir.write("data/jwt_secret", SECRET);
    fs::set_permissions(work_dir.path("data/jwt_secret"), fs::Permissions::from_mode(0o644)).unwrap();
    doctor(&work_dir, &[], 0).says("jwt_secret", "warning", &["others can read"]);
    work_dir.write("data/jwt_secret", "cut");
    doctor(&work_dir, &[], 1).says("jwt_secret", "failed", &["damaged"]);
}

#[test]
fn a_weak_secret_fails_from_every_source_and_is_not_shown() {
    for weak in ["hunter2", "your-secret-key-your-secret-key-1", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
        let work_dir = WorkDir::new();
        work_dir.write(".env", &format!("JWT_SECRET={weak}\n"));
        let run = work_dir.run(&DOCTOR, &[]);
        Checks::of(&run, 1).says("jwt_secret", "failed", &["from .env", "is weak"]);
        assert!(!run.stdout.contains(weak) && !run.stderr.contains(weak), "{run:?}");
        let environment = [("JWT_SECRET", SECRET), ("BAILIWICK__JWT__PREVIOUS_KEYS", weak)];
        let run = WorkDir::new().run(&DOCTOR, &environment);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(!run.stdout.contains(weak) && !run.stdout.contains(SECRET), "{run:?}");
    }
}

#[test]
fn a_secret_from_two_sources_must_be_the_same() {
    let work_dir = WorkDir::new();
    work_dir.write(".env", "JWT_SECRET=Lw3xq9Zr7Vb1Nc5Ym8Kd2Pf4Gh6Jt0As\n");
    doctor(&work_dir, &[], 0).says("jwt_secret", "ok", &["from .env", "32 bytes"]);
    doctor(&work_dir, &[("JWT_SECRET", SECRET)], 0).says(
        "jwt_secret",
        "warning",
        &["differs", "environment wins"],
    );
    doctor(&work_dir, &[("JWT_SECRET", "")], 0).says("jwt_secret", "warning", &["empty", "hides"]);
    work_dir.write(".env", &format!("JWT_SECRET={SECRET}\n"));
    doctor(&work_dir, &[("JWT_SECRET", SECRET)], 0).says("jwt_secret", "ok", &["from the environment"]);
}

#[test]
fn the_lifetime_of_tokens_is_rated() {
    for (minutes, outcome, words) in [
        ("15", "ok", "high security"),
        ("120", "ok", "medium security"),
        ("480", "ok", "low security"),
        ("1441", "warning", "longer than a day"),
    ] {
        let checks = doctor(&WorkDir::new(), &[("JWT_EXPIRE_MINUTES", minutes)], 0);
        checks.says("jwt_expiry", outcome, &[minutes, words]);
    }
}

#[test]
fn settings_that_cannot_be_used_are_a_failed_check() {
    let checks = doctor(&WorkDir::new(), &[("JWT_EXPIRE_MINUTES", "soon"), ("JWT_SECRET", SECRET)], 1);
    checks.says("settings", "failed", &["JWT_EXPIRE_MINUTES"]);
    let checks = doctor(&WorkDir::new(), &[("PUBLIC_URL", "nowhere"), ("JWT_SECRET", SECRET)], 1);
    checks.says("settings", "failed", &["PUBLIC_URL"]);
    checks.says("jwt_secret", "ok", &[]);
    checks.says("database", "skipped", &[]);
}

#[test]
fn a_service_that_other_machines_reach_needs_a_public_url() {
    let checks = doctor(&WorkDir::new(), &[("BIND", "0.0.0.0:0")], 0);
    checks.says("public_url", "warning", &["0.0.0.0:0"]);
    let checks =
        doctor(&WorkDir::new(), &[("BIND", "0.0.0.0:0"), ("PUBLIC_URL", "https://id.example.com")], 0);
    checks.says("public_url", "ok", &["https://id.example.com"]);
    let checks = doctor(&WorkDir::new(), &[("BAILIWICK__CORS__ORIGINS", "http://app.example.com")], 0);
    checks.says("cors", "warning", &["http://app.example.com"]);
}

#[test]
fn servers_out_of_reach_fail_without_their_passwords() {
    let secret = ("JWT_SECRET", SECRET);
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for (variable, scheme, check) in [
        ("DATABASE_URL", "postgres", "database"),
        ("REDIS_URL", "redis", "redis"),
        ("SMTP_URL", "smtp", "smtp"),
        ("SMTP_URL", "smtps", "smtp"),
    ] {
        let url = format!("{scheme}://ada:hunter2@127.0.0.1:{refused}");
        let run = WorkDir::new().run(&DOCTOR, &[secret, (variable, &url)]);
        Checks::of(&run, 1).says(check, "failed", &[&format!("127.0.0.1:{refused}")]);
        assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{run:?}");
    }
    let checks = doctor(&WorkDir::new(), &[("DATABASE_URL", "postgres://127.0.0.1:1/x")], 1);
    checks.says("jwt_secret", "failed", &["PostgreSQL"]);
}

/// Starts a server that answers with a given text, line by line, and reports what it received.
pub fn server(
    greeting: &'static str,
    answers: fn(&str) -> Option<&'static str>,
) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(greeting.as_bytes()).unwrap();
        let mut heard = Vec::new();
        for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
            if let Some(answer) = answers(&line) {
                stream.write_all(answer.as_bytes()).unwrap();
            }
            heard.push(line);
        }
        heard
    });
    (port, heard)
}

#[test]
fn a_mail_server_is_contacted_and_gets_no_mail() {
    let (port, heard) = server("220 mail.example\r\n", |line| match line.get(..4) {
        Some("EHLO") => Some("250 mail.example\r\n"),
        _ => Some("221 bye\r\n"),
    });
    let url = format!("smtp://127.0.0.1:{port}");
    let checks = doctor(&WorkDir::new(), &[("SMTP_URL", &url)], 0);
    checks.says("smtp", "ok", &[&url]);
    checks.says("mail_outbox", "skipped", &[]);
    checks.says("public_url", "warning", &["mails are sent"]);
    assert_eq!(heard.join().unwrap().iter().map(|line| &line[..4]).collect::<Vec<_>>(), ["EHLO", "QUIT"]);
}

#[test]
fn redis_is_checked_with_the_login_of_its_url() {
    let answers = |line: &str| match line {
        "p:ss" => Some("+OK\r\n"),
        "PING" => Some("+PONG\r\n"),
        _ => None,
    };
    let (port, heard) = server("", answers);
    let url = format!("redis://ada:p%3Ass@127.0.0.1:{port}/1");
    doctor(&WorkDir::new(), &[("REDIS_URL", &url)], 0).says("redis", "ok", &["answers"]);
    let commands = heard.join().unwrap();
    assert_eq!(commands, ["*3", "$4", "AUTH", "$3", "ada", "$4", "p:ss", "*1", "$4", "PING"]);

    let (port, _) = server("", |line| (line == "PING").then_some("-NOAUTH Authentication required.\r\n"));
    let url = format!("redis://127.0.0.1:{port}");
    doctor(&WorkDir::new(), &[("REDIS_URL", &url)], 1).says("redis", "failed", &["NOAUTH"]);
    let (port, _) = server("", |_| None);
    let url = format!("redis://127.0.0.1:{port}");
    doctor(&WorkDir::new(), &[("REDIS_URL", &url)], 1).says("redis", "failed", &["does not answer in time"]);
}

#[test]
fn a_real_redis_answers() {
    let Some(url) = std::env::var("BAILIWICK_TEST_REDIS").ok().filter(|url| !url.is_empty()) else { return };
    doctor(&WorkDir::new(), &[("REDIS_URL", &url)], 0).says("redis", "ok", &["answers"]);
}

#[test]
fn an_outbox_that_cannot_be_written_fails() {
    let work_dir = WorkDir::new();
    fs::create_dir(work_dir.path("data")).unwrap();
    work_dir.write("data/outbox", "a file");
    doctor(&work_dir, &[], 1).says("mail_outbox", "failed", &["no folder"]);
}

/// Runs the test with each kind of database.
async fn on_every_engine(test: impl AsyncFn(&WorkDir, &str)) {
    let mut engines = vec![Engine::Sqlite];
    engines.extend(Engine::postgres_or_left_out("the doctor"));
    for engine in engines {
        let database: Database = engine.create().await;
        if let Some(file) = database.url().strip_prefix("sqlite:") {
            fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
        }
        test(&WorkDir::new(), database.url()).await;
    }
}

#[tokio::test]
async fn faults_of_a_database_are_reported() {
    on_every_engine(async |work_dir, url| {
        let environment = [("DATABASE_URL", url), ("JWT_SECRET", SECRET)];
        let service = work_dir.serve(&environment);
        service.sign_up();
        let checks = doctor(work_dir, &environment, 0);
        checks.says("organization_owners", "ok", &[]);
        checks.says("migrations", "ok", &[]);
        checks.says("clock", "ok", if url.starts_with("postgres") { &["agrees"] } else { &["no other clock"] });

        assert_eq!(service.stop("TERM"), Some(0));
        let ids = sql::rows(url, if url.starts_with("postgres") {
            "SELECT id::text FROM organizations"
        } else {
            "SELECT lower(substr(hex(id), 1, 8)) FROM organizations"
        });
        sql::execute(url, "UPDATE memberships SET status = 'suspended'").await;
        sql::execute(
            url,
            "UPDATE outbox SET payload = NULL, due_at = NULL, sent_at = NULL, last_error = 'no such\nmailbox'",
        )
        .await;
        let checks = doctor(work_dir, &environment, 1);
        checks.says("organization_owners", "failed", &[&ids.await[0]]);
        checks.says("undeliverable_mail", "warning", &["given up: 1", "no such mailbox"]);

        sql::execute(url, "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231235959')").await;
        let checks = doctor(work_dir, &environment, 1);
        checks.says("migrations", "ok", &["later release", "20991231235959", env!("CARGO_PKG_VERSION")]);
        sql::execute(url, "UPDATE schema_support SET oldest_program = '99.0.0'").await;
        let checks = doctor(work_dir, &environment, 1);
        checks.says("migrations", "failed", &["99.0.0", env!("CARGO_PKG_VERSION")]);
        checks.advises("migrations", &["the release that the schema needs"]);

        sql::execute(url, "UPDATE schema_support SET oldest_program = '0.1.0'").await;
        sql::execute(url, "DELETE FROM __diesel_schema_migrations WHERE version > '20261123000000'").await;
        let checks = doctor(work_dir, &environment, 1);
        checks.says("migrations", "warning", &["foundations"]);
        let applied = sql::rows(url, "SELECT version FROM __diesel_schema_migrations").await;
        assert_eq!(applied, [""; 0], "nothing was migrated");
    })
    .await;
}

#[tokio::test]
async fn a_postgres_database_that_was_never_migrated_stays_so() {
    let Some(engine) = Engine::postgres_or_left_out("the doctor") else { return };
    let (work_dir, database) = (WorkDir::new(), engine.create().await);
    let environment = [("DATABASE_URL", database.url()), ("JWT_SECRET", SECRET)];
    let checks = doctor(&work_dir, &environment, 1);
    checks.says("database", "ok", &["PostgreSQL", "answers"]);
    checks.says("migrations", "failed", &["the schema is empty"]);
    checks.advises("migrations", &["bailiwick migrate", "schema"]);
    checks.says("organization_owners", "skipped", &["not migrated"]);
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(sql::rows(database.url(), tables).await, [""; 0]);
    assert_eq!(files(&work_dir), []);
    assert_eq!(json!(checks.get("database")["remedy"]), Value::Null);
}
