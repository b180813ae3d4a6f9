//! Serving as a role that may create nothing, with the grants that `docs/postgresql.md` lists, and the
//! log if PostgreSQL refuses or ends a connection.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bailiwick_testkit::app::{Engine, sql};
use serde_json::Value;

use crate::support::{Service, TIMEOUT, WorkDir};

const GUIDE: &str = include_str!("../../../../docs/postgresql.md");
const SECRET: &str = "kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Two roles and a database, created as the guide says and dropped with this value.
struct TwoRoles {
    server: String,
    suffix: String,
}

impl TwoRoles {
    /// Creates them without the grants of the third section, which follow the migration.
    async fn create(server: String) -> Self {
        let suffix = format!("{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let roles = Self { server, suffix };
        for statement in statements(0) {
            sql::execute(&roles.server, &roles.named(&statement)).await;
        }
        roles.apply(1).await;
        roles
    }

    fn named(&self, text: &str) -> String {
        let suffixed = |text: String, name: &str| text.replace(name, &format!("{name}_{}", self.suffix));
        ["bailiwick_owner", "bailiwick_app", "identity"].into_iter().fold(text.to_owned(), suffixed)
    }

    /// Runs a block of the guide in the database, as a superuser.
    async fn apply(&self, block: usize) {
        for statement in statements(block) {
            self.superuser(&statement).await;
        }
    }

    async fn superuser(&self, statement: &str) {
        let (head, _) = self.server.rsplit_once('/').unwrap();
        sql::execute(&self.named(&format!("{head}/identity")), &self.named(statement)).await;
    }

    fn url(&self, role: &str) -> String {
        let (_, host) = self.server.rsplit_once('@').unwrap();
        let (host, _) = host.rsplit_once('/').unwrap();
        self.named(&format!("postgres://{role}@{host}/identity"))
    }
}

impl Drop for TwoRoles {
    fn drop(&mut self) {
        let server = self.server.clone();
        let statements = [
            "DROP DATABASE IF EXISTS identity WITH (FORCE)",
            "REVOKE SET ON PARAMETER lc_messages FROM bailiwick_app, bailiwick_owner",
            "DROP ROLE bailiwick_app, bailiwick_owner",
        ]
        .map(|statement| self.named(statement));
        let done = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for statement in statements {
                runtime.block_on(sql::execute(&server, &statement));
            }
        });
        assert!(done.join().is_ok() || thread::panicking());
    }
}

/// Returns the statements of one block of the guide.
fn statements(block: usize) -> Vec<String> {
    let block = GUIDE.split("```sql\n").nth(block + 1).unwrap().split("```").next().unwrap();
    block.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn checks_of(work_dir: &WorkDir, environment: &[(&str, &str)], code: i32) -> Value {
    let run = work_dir.run(&["doctor", "--json"], environment);
    assert_eq!(run.code, Some(code), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

/// Waits until the log after `from` contains the text; returns the length of the log then.
fn logged(service: &Service, from: usize, text: &str) -> usize {
    let started = Instant::now();
    loop {
        let log = service.log();
        if log.get(from..).is_some_and(|log| log.contains(text)) {
            return log.len();
        }
        assert!(started.elapsed() < TIMEOUT, "{text:?} is not logged: {log}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_role_without_create_rights_serves_and_its_errors_name_the_missing_right() {
    let Some(Engine::Postgres { server }) = Engine::postgres_or_left_out("serving with few rights") else {
        return;
    };
    let roles = TwoRoles::create(server).await;
    let work_dir = WorkDir::new();
    let (owner, app) = (roles.url("bailiwick_owner"), roles.url("bailiwick_app"));
    let as_app = [("DATABASE_URL", app.as_str()), ("JWT_SECRET", SECRET)];

    let report = checks_of(&work_dir, &as_app, 1);
    assert_eq!(check(&report, "database")["outcome"], "ok", "{report}");
    let migrations = check(&report, "migrations");
    assert_eq!(migrations["outcome"], "failed", "{report}");
    assert!(migrations["message"].as_str().unwrap().contains("the schema is empty"), "{report}");
    assert!(migrations["remedy"].as_str().unwrap().contains("bailiwick migrate"), "{report}");
    let words =
        ["permission denied for schema public (SQLSTATE 42501)", "run `bailiwick migrate` as the role"];
    work_dir.run(&["serve"], &as_app).refused(&words);

    work_dir.run(&["migrate"], &[("DATABASE_URL", &owner), ("JWT_SECRET", SECRET)]).succeeded();
    roles.apply(3).await;
    assert!(work_dir.run(&["migrate"], &as_app).succeeded().stdout.contains("Nothing to migrate"));
    let service = work_dir.serve(&as_app);
    service.sign_up();
    let remembered = logged(&service, 0, "checks are answered from the cache");
    let report = checks_of(&work_dir, &as_app, 0);
    assert_eq!(check(&report, "migrations")["outcome"], "ok", "{report}");

    roles
        .superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid IN (SELECT pid FROM authority_leases)",
        )
        .await;
    let lost = "no lease: every check asks the database error=terminating connection due to administrator command \
                (SQLSTATE 57P01)";
    let lost = logged(&service, remembered, lost);
    let remembered = logged(&service, lost.min(remembered), "checks are answered from the cache");
    roles.superuser("REVOKE UPDATE ON authority_leases FROM bailiwick_app").await;
    logged(&service, remembered.min(lost), "permission denied for table authority_leases (SQLSTATE 42501)");
    assert_eq!(service.stop("TERM"), Some(0));
}
