//! The process is killed at a random time, or the disk is full: every operation has all of its effects or
//! none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "../server/support.rs"]
mod support;

#[cfg(unix)]
mod backups;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(unix)]
mod file;
mod releases;
mod renewals;
mod resets;
mod transfers;

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use bailiwick_testkit::app::{Database, Engine, sql};
use serde_json::{Value, json};
use support::{Service, WorkDir};

const ROUNDS: usize = 12;
const CLIENTS: usize = 4;

/// A service that can be killed and started again on the same data.
struct Installation {
    work_dir: WorkDir,
    database: Option<Database>,
    url: String,
}

impl Installation {
    async fn on(engine: &Engine) -> Self {
        let work_dir = WorkDir::new();
        let (database, url) = match engine {
            Engine::Sqlite => (None, format!("sqlite:{}", work_dir.path("service.db").display())),
            Engine::Postgres { .. } => {
                let database = engine.create().await;
                let url = database.url().to_owned();
                (Some(database), url)
            }
        };
        Self { work_dir, database, url }
    }

    fn start(&self) -> Service {
        let secret = "a secret of the tests, long enough";
        self.work_dir.serve(&[
            ("DATABASE_URL", &self.url),
            ("JWT_SECRET", secret),
            ("PUBLIC_URL", "http://localhost"),
            // The tests sign up many accounts from one client.
            ("BAILIWICK__THROTTLE__ENABLED", "false"),
        ])
    }

    /// Asserts that the query for inconsistent rows, which `what` describes, finds none.
    async fn none(&self, what: &str, query: &str) {
        assert_eq!(sql::rows(&self.url, query).await, Vec::<String>::new(), "{what}");
    }
}

/// A request that changes something.
#[derive(Clone, Debug)]
struct Call {
    path: String,
    bearer: Option<String>,
    body: Value,
}

fn client() -> reqwest::blocking::Client {
    reqwest::blocking::Client::builder().no_proxy().build().unwrap()
}

/// Sends the requests until the service does not answer; reports each response received.
fn call(api: &str, calls: impl Iterator<Item = Call>, answered: &Sender<(u16, Call)>) {
    let http = client();
    for call in calls {
        let mut request = http.post(format!("{api}{}", call.path)).json(&call.body);
        if let Some(token) = &call.bearer {
            request = request.bearer_auth(token);
        }
        let Ok(response) = request.send() else { return };
        if answered.send((response.status().as_u16(), call)).is_err() {
            return;
        }
    }
}

/// Lets clients send requests concurrently and kills the service after `after` responses. Returns the
/// requests that succeeded, whose effect must exist.
fn kill_during_calls(service: Service, after: usize, success: u16, calls: Vec<Call>) -> Vec<Call> {
    let api = service.api.clone();
    let calls = Mutex::new(calls.into_iter());
    let (answered, answers) = channel();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (answered, calls, api) = (answered.clone(), &calls, api.clone());
            let next = std::iter::from_fn(move || calls.lock().unwrap().next());
            scope.spawn(move || call(&api, next, &answered));
        }
        drop(answered);
        let mut seen: Vec<_> = answers.iter().take(after).collect();
        service.stop("KILL");
        seen.extend(answers.iter());
        seen.into_iter()
            .map(|(status, call)| {
                assert_eq!(status, success, "{call:?}");
                call
            })
            .collect()
    })
}

/// Calls [`kill_during_calls`] with these bodies, each posted to `path` and answered with 201.
fn kill_during(service: Service, path: &str, after: usize, bodies: Vec<Value>) -> Vec<Value> {
    let call = |body| Call { path: path.to_owned(), bearer: None, body };
    let answered = kill_during_calls(service, after, 201, bodies.into_iter().map(call).collect());
    answered.into_iter().map(|call| call.body).collect()
}

fn sign_up(email: &str) -> Value {
    json!({ "email": email, "password": "securePassword123", "first_name": "John", "last_name": "Doe" })
}

async fn sign_ups_are_atomic(engine: Engine) {
    let installation = Installation::on(&engine).await;
    for round in 0..ROUNDS {
        let bodies = (0..40).map(|n| sign_up(&format!("u{round}.{n}@example.com"))).collect();
        let acknowledged = kill_during(installation.start(), "/auth/signup", round % 6 + 1, bodies);
        for body in acknowledged {
            let found =
                format!("SELECT email FROM users WHERE email = '{}'", body["email"].as_str().unwrap());
            assert_eq!(
                sql::rows(&installation.url, &found).await.len(),
                1,
                "an acknowledged sign-up is lost"
            );
        }
        let partly = [
            (
                "an account without a membership",
                "SELECT email FROM users u WHERE NOT EXISTS
                (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.status = 'active')",
            ),
            (
                "an account without a link",
                "SELECT email FROM users u WHERE NOT EXISTS
                (SELECT 1 FROM one_time_secrets s WHERE s.user_id = u.id)",
            ),
            (
                "an account without a mail",
                "SELECT email FROM users u WHERE NOT EXISTS
                (SELECT 1 FROM outbox o WHERE o.recipient = u.email)",
            ),
            (
                "a mail without an account",
                "SELECT recipient FROM outbox o WHERE NOT EXISTS
                (SELECT 1 FROM users u WHERE u.email = o.recipient)",
            ),
            (
                "an organization without an owner",
                "SELECT slug FROM organizations o WHERE NOT EXISTS
                (SELECT 1 FROM memberships m JOIN roles r ON r.id = m.role_id
                 WHERE m.org_id = o.id AND r.level = 100)",
            ),
            (
                "an organization without its roles",
                "SELECT slug FROM organizations o WHERE 4 <>
                (SELECT count(*) FROM roles r WHERE r.org_id = o.id)",
            ),
        ];
        for (what, query) in partly {
            installation.none(what, query).await;
        }
    }
    drop(installation.database);
}

/// Waits until `expected` mails link to `page`; returns their tokens with their recipients.
fn tokens_in(outbox: &Path, page: &str, expected: usize) -> Vec<(String, String)> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let mails = std::fs::read_dir(outbox).into_iter().flatten().flatten();
        let texts = mails.filter(|entry| entry.path().extension().is_some_and(|kind| kind == "eml"));
        let texts = texts.map(|entry| std::fs::read_to_string(entry.path()).unwrap());
        let found: Vec<_> = texts.filter_map(|text| token_of(&text, page)).collect();
        if found.len() >= expected {
            return found;
        }
        assert!(Instant::now() < deadline, "{} of {expected} mails", found.len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn token_of(mail: &str, page: &str) -> Option<(String, String)> {
    let (_, rest) = mail.split_once(&format!("/{page}#token="))?;
    let token = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next()?;
    let to = mail.lines().find_map(|line| line.strip_prefix("To: "))?;
    Some((to.trim().trim_matches(['<', '>']).to_owned(), token.to_owned()))
}

/// Logs in and returns the tokens.
fn log_in(service: &Service, email: &str, password: &str) -> Value {
    service.post("/auth/login", &json!({ "email": email, "password": password })).json(200)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn accepted_invitations_are_atomic(engine: Engine) {
    let installation = Installation::on(&engine).await;
    let service = installation.start();
    service.post("/auth/signup", &sign_up("owner@example.com")).json(201);
    let token = text(&log_in(&service, "owner@example.com", "securePassword123")["access_token"]);
    let org = service.get("/auth/me", Some(&token)).json(200)["organizations"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let roles = service.get(&format!("/roles/list_roles?org_id={org}"), Some(&token)).json(200);
    let guest = roles[3]["id"].as_str().unwrap();
    let rows: Vec<_> =
        (0..60).map(|n| json!({ "email": format!("g{n}@example.com"), "role_id": guest })).collect();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let bulk = http.post(format!("{}/invitations/bulk?org_id={org}", service.api)).bearer_auth(&token);
    let reply = bulk.json(&json!({ "invitations": rows })).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let outbox = installation.work_dir.path(&service.outbox);
    let mut bodies: Vec<_> = tokens_in(&outbox, "accept-invitation", 60)
        .into_iter()
        .map(|(email, token)| {
            let mut body = sign_up(&email);
            body["token"] = json!(token);
            body
        })
        .collect();
    service.stop("TERM");

    for round in 0..ROUNDS {
        let batch = bodies.split_off(bodies.len().saturating_sub(60 / ROUNDS));
        let acknowledged = kill_during(installation.start(), "/auth/signup-invite", round % 4 + 1, batch);
        for body in acknowledged {
            let found =
                format!("SELECT email FROM users WHERE email = '{}'", body["email"].as_str().unwrap());
            assert_eq!(sql::rows(&installation.url, &found).await.len(), 1, "an acknowledged accept is lost");
        }
        installation
            .none(
                "an accepted invitation without a member",
                "SELECT email FROM invitations i WHERE status = 'accepted' AND NOT EXISTS
                 (SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id
                  WHERE u.email = i.email AND m.org_id = i.org_id AND m.status = 'active')",
            )
            .await;
        installation
            .none(
                "a guest without an accepted invitation",
                "SELECT u.email FROM users u WHERE u.email LIKE 'g%' AND NOT EXISTS
                 (SELECT 1 FROM invitations i WHERE i.email = u.email AND i.status = 'accepted')",
            )
            .await;
    }
    drop(installation.database);
}

bailiwick_testkit::on_every_engine!(sign_ups_are_atomic, accepted_invitations_are_atomic);
