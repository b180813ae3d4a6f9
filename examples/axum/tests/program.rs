//! The program as its users see it: a process that answers by HTTP, and ends at a signal.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;
use ureq::http::{Request, Response};

/// How long a mail may take.
const LONGEST: Duration = Duration::from_mins(1);

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick-axum-example"));
    command.current_dir(folder).env("BIND", "127.0.0.1:0");
    command
}

struct Shop {
    process: Child,
    url: String,
    agent: Agent,
    folder: TempDir,
    /// Kept open, because the program fails when it prints into a closed pipe.
    _output: BufReader<ChildStdout>,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = program(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("The shop listens on ").expect("an address").to_owned();
        let agent = Agent::config_builder().http_status_as_error(false).build().into();
        Self { process, url, agent, folder, _output: output }
    }

    /// Sends a request. Returns status, media type and JSON body of the answer.
    fn send(&self, method: &str, path: &str, token: &str, body: Value) -> (u16, String, Value) {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let request = request.header("Content-Type", "application/json");
        let request = if token.is_empty() {
            request
        } else {
            request.header("Authorization", format!("Bearer {token}"))
        };
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut answer: Response<ureq::Body> = self.agent.run(request.body(text).unwrap()).unwrap();
        let kind = answer.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), kind, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends a request that succeeds with this status, and returns its JSON body.
    fn ok(&self, status: u16, method: &str, path: &str, token: &str, body: Value) -> Value {
        let (answered, _, answer) = self.send(method, path, token, body);
        assert_eq!(answered, status, "{method} {path}: {answer}");
        answer
    }

    /// Signs up and logs in. Returns the tokens, and the organization of the account.
    fn join(&self, name: &str) -> (Value, String) {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": "correct horse battery", "first_name": name });
        let org = self.ok(201, "POST", "/sign-up", "", body)["org_id"].as_str().unwrap().to_owned();
        let body = json!({ "email": email, "password": "correct horse battery" });
        (self.ok(200, "POST", "/login", "", body), org)
    }

    /// Waits for the mail of an invitation, and returns the token of its link.
    fn invitation(&self) -> String {
        let until = Instant::now() + LONGEST;
        loop {
            for file in fs::read_dir(self.folder.path().join("outbox")).into_iter().flatten().flatten() {
                // Quoted-printable breaks lines and escapes `=`. A file may be gone or half written.
                let mail = fs::read_to_string(file.path()).unwrap_or_default();
                let mail = mail.replace("=\r\n", "").replace("=3D", "=");
                let link = mail.split_once("/accept-invitation#token=");
                if let Some((token, _)) = link.and_then(|(_, rest)| rest.split_once(['\r', '"', ' '])) {
                    return token.to_owned();
                }
            }
            assert!(Instant::now() < until, "no invitation");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends SIGINT, and waits for the end of the process.
    fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{value}: no text at {pointer}"))
}

#[test]
fn each_use_case_is_served_and_a_signal_ends_the_program() {
    let shop = Shop::open();
    let ((ada, org), (bob, _)) = (shop.join("ada"), shop.join("bob"));
    let refreshed = shop.ok(200, "POST", "/refresh", "", json!({ "refresh_token": ada["refresh_token"] }));
    let (ada, bob) = (text(&refreshed, "/access_token"), text(&bob, "/access_token"));
    let of = |path: &str| format!("/organizations/{org}/{path}");

    let roles = shop.ok(200, "GET", &of("roles"), ada, Value::Null);
    let role = |name: &str| {
        roles.as_array().unwrap().iter().find(|role| role["name"] == name).unwrap()["id"].clone()
    };
    let invitation = json!({ "email": "bob@example.com", "role_id": role("guest"), "message": null });
    assert_eq!(shop.ok(200, "POST", &of("invitations"), ada, invitation)["status"], "pending");
    assert_eq!(shop.send("GET", &of("invoices"), bob, Value::Null).0, 403, "bob is no member yet");
    let token = shop.invitation();
    let joined = shop.ok(200, "POST", "/invitations/accept", bob, json!({ "token": token }));
    assert_eq!(joined["role"], "guest");

    assert_eq!(shop.ok(200, "GET", &of("invoices"), bob, Value::Null)["role"], "guest");
    let why = shop.ok(200, "GET", &of("why/invoices:read"), bob, Value::Null);
    assert_eq!((&why["allowed"], &why["grant"]), (&json!(true), &json!("invoices:read")));
    let bob_id = text(&joined, "/user_id");
    let chosen = json!({ "role_id": role("member") });
    let changed = shop.ok(200, "PUT", &of(&format!("members/{bob_id}/role")), ada, chosen);
    assert_eq!(changed["role"], "member");
    let members = shop.ok(200, "GET", &of("members"), ada, Value::Null);
    assert_eq!(members["items"].as_array().unwrap().len(), 2);
    let own = shop.ok(201, "POST", "/organizations", ada, json!({ "name": "Second" }));
    assert!(text(&own, "/slug").starts_with("second-"), "{own}");
    let me = shop.ok(200, "GET", "/me", ada, Value::Null);
    assert_eq!(me["organizations"].as_array().unwrap().len(), 2);

    shop.ok(204, "POST", "/logout", bob, Value::Null);
    assert_eq!(shop.send("GET", &of("invoices"), bob, Value::Null).0, 401, "the session has ended");
    shop.stop();
}

#[test]
fn refusals_are_those_of_the_service() {
    let shop = Shop::open();
    let ((ada, org), (bob, _)) = (shop.join("ada"), shop.join("bob"));
    let (ada, bob) = (text(&ada, "/access_token"), text(&bob, "/access_token"));
    let refused = |status: u16, code: &str, method: &str, path: &str, token: &str, body: Value| {
        let (answered, kind, problem) = shop.send(method, path, token, body);
        let found = (answered, kind.as_str(), text(&problem, "/code"));
        assert_eq!(found, (status, "application/problem+json", code), "{method} {path}: {problem}");
        assert!(!text(&problem, "/hint").is_empty() && !text(&problem, "/detail").is_empty(), "{problem}");
    };
    let invoices = format!("/organizations/{org}/invoices");
    refused(401, "missing_credentials", "GET", &invoices, "", Value::Null);
    refused(401, "invalid_token", "GET", &invoices, "no.real.token", Value::Null);
    refused(403, "not_a_member", "GET", &invoices, bob, Value::Null);
    refused(422, "validation_failed", "POST", "/organizations", ada, json!({ "name": "" }));
    refused(404, "not_found", "GET", "/nowhere", "", Value::Null);
    refused(405, "method_not_allowed", "DELETE", "/login", "", Value::Null);
    refused(409, "email_taken", "POST", "/sign-up", "", {
        json!({ "email": "ada@example.com", "password": "correct horse battery", "first_name": "Ada" })
    });
}

#[test]
fn a_database_whose_feature_is_left_out_is_refused_by_the_name_of_the_feature() {
    let folder = tempfile::tempdir().unwrap();
    let ended = program(folder.path()).env("DATABASE_URL", "postgres://localhost/shop").output().unwrap();
    assert!(!ended.status.success());
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(message.contains("MissingFeature(\"postgres\")"), "{message}");
}
