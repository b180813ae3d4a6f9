//! The first administrator, and the recovery of an administrator who has lost access.

use crate::support::{Service, WorkDir};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const PUBLIC: [(&str, &str); 1] = [("PUBLIC_URL", "https://id.example.com/base/")];

/// Returns the token in a link to a page.
fn token_of(link: &str, page: &str) -> String {
    let (before, token) = link.split_once("#token=").unwrap();
    assert!(before.ends_with(page), "{link}");
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{link}");
    token.to_owned()
}

fn request(token: &str, email: &str) -> Value {
    json!({ "token": token, "email": email, "password": PASSWORD, "first_name": "R", "last_name": "T" })
}

fn log_in(service: &Service, email: &str, password: &str) -> String {
    let tokens = service.post("/auth/login", &json!({ "email": email, "password": password })).json(200);
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_start_shows_a_link_that_makes_the_first_administrator() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    let link = service.setup_link();
    assert!(link.starts_with(&format!("{}/setup#token=set_", service.api)), "{link}");
    let first = token_of(&link, "/setup");
    assert!(!service.log().contains(&first));
    assert_eq!(service.stop("TERM"), Some(0));

    let service = work_dir.serve(&PUBLIC);
    let link = service.setup_link();
    assert!(link.starts_with("https://id.example.com/base/setup#token="), "{link}");
    let second = token_of(&link, "/setup");
    assert_ne!(first, second);
    let refused = service.post("/setup", &request(&first, "root@example.com")).json(400);
    assert_eq!(refused["detail"], "Invalid or expired setup token");
    let made = service.post("/setup", &request(&second, "root@example.com")).json(201);
    assert_eq!((&made["email"], &made["email_verified"]), (&json!("root@example.com"), &json!(true)));
    let token = log_in(&service, "root@example.com", PASSWORD);
    service.get("/platform/audit", Some(&token)).json(200);
    service.post("/setup", &request(&second, "x@example.com")).json(404);
    let stored = std::fs::read(work_dir.path("data/bailiwick.db")).unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains(&second));
    assert_eq!(service.stop("TERM"), Some(0));

    let mut service = work_dir.serve(&[]);
    service.get("/healthz", None);
    assert_eq!(service.ended_output("TERM"), "", "no link once there is an administrator");
}

#[test]
fn an_administrator_made_by_command_needs_no_link() {
    let work_dir = WorkDir::new();
    let create = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];
    work_dir.run_with_input(&create, &[], PASSWORD).succeeded();
    let mut service = work_dir.serve(&[]);
    service.post("/setup", &request("set_x", "x@example.com")).json(404);
    assert_eq!(service.ended_output("TERM"), "");
}

/// Returns the token of the link that `admin recover` prints with these arguments.
fn recover(work_dir: &WorkDir, arguments: &[&str]) -> String {
    let run = work_dir.run(&[&["admin", "recover"], arguments].concat(), &PUBLIC).succeeded();
    let link = run.stdout.trim();
    assert!(link.starts_with("https://id.example.com/base/reset-password#token="), "{link}");
    let token = token_of(link, "/reset-password");
    assert!(!run.stderr.contains(&token));
    token
}

/// Otherwise a mistyped path would create a new and empty database.
#[test]
fn recovery_creates_no_database() {
    let work_dir = WorkDir::new();
    let recover = ["admin", "recover", "ada@example.com"];
    work_dir.run(&recover, &[("DATA_DIR", "mistyped")]).refused(&["mistyped", "does not exist"]);
    assert!(!work_dir.path("mistyped").exists());
    work_dir
        .run(&recover, &[("DATABASE_URL", "sqlite:mistyped.db")])
        .refused(&["mistyped.db", "does not exist"]);
    assert!(!work_dir.path("mistyped.db").exists());
}

#[test]
fn recovery_warns_if_it_does_not_know_the_address_of_the_service() {
    let work_dir = WorkDir::new();
    let create = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];
    work_dir.run_with_input(&create, &[], PASSWORD).succeeded();
    let recover =
        |bind| work_dir.run(&["admin", "recover", "ada@example.com"], &[("BIND", bind)]).succeeded();
    let run = recover("127.0.0.1:0");
    assert!(run.stdout.starts_with("/reset-password#token="), "{}", run.stdout);
    assert!(run.stderr.contains("BIND has port 0 and PUBLIC_URL is not set"), "{}", run.stderr);
    let run = recover("127.0.0.1:8080");
    assert!(run.stdout.starts_with("http://127.0.0.1:8080/reset-password#token="), "{}", run.stdout);
    assert!(!run.stderr.contains("BIND"), "{}", run.stderr);
}

/// Another person has signed up with the address and can log in, but gains no authority.
#[test]
fn recovery_on_the_machine_restores_access() {
    let work_dir = WorkDir::new();
    work_dir.run(&["admin", "recover", "nobody"], &[]).refused(&["EMAIL"]);
    assert_eq!(work_dir.run(&["admin", "recover"], &[]).code, Some(2));

    let service = work_dir.serve(&PUBLIC);
    work_dir.run(&["admin", "recover", "ada@example.com"], &[]).refused(&["ada@example.com", "admin create"]);
    let stranger = service.sign_up();
    service.get("/platform/audit", Some(&stranger)).json(403);
    let create = ["admin", "create", "--email", "ada@example.com", "--password-stdin"];
    work_dir
        .run_with_input(&create, &[], PASSWORD)
        .refused(&["bailiwick admin recover ada@example.com --platform-admin"]);

    let former = recover(&work_dir, &["ADA@example.com", "--platform-admin"]);
    let token = recover(&work_dir, &["ada@example.com", "--platform-admin"]);
    service.get("/platform/audit", Some(&stranger)).json(403);
    let me = service.get("/auth/me", Some(&stranger)).json(200);
    assert_eq!(me["email_verified"], false, "nothing is granted before the link is used");
    service.post("/auth/forgot-password", &json!({ "email": "ada@example.com" })).json(200);
    assert_eq!(service.send("DELETE", "/auth/me", Some(&stranger), "").status, 200);
    let replaced = json!({ "token": former, "password": "newSecurePassword123" });
    service.post("/auth/reset-password", &replaced).json(400);
    let body = json!({ "token": token, "password": "newSecurePassword123" });
    service.post("/auth/reset-password", &body).json(200);
    let refused = service.post("/auth/reset-password", &body).json(400);
    assert_eq!(refused["detail"], "Invalid or expired reset token");
    service.get("/auth/me", Some(&stranger)).json(401);
    let ada = log_in(&service, "ada@example.com", "newSecurePassword123");
    service.get("/platform/audit", Some(&ada)).json(200);
    let me = service.get("/auth/me", Some(&ada)).json(200);
    assert_eq!(me["organizations"].as_array().unwrap().len(), 1, "what was archived is back");
    assert_eq!(me["email_verified"], true);
    service.post("/setup", &request("set_x", "x@example.com")).json(404);
    assert!(!service.log().contains(&token));

    // Without the option the account does not become an administrator.
    let bob =
        json!({ "email": "bob@example.com", "password": PASSWORD, "first_name": "B", "last_name": "B" });
    service.post("/auth/signup", &bob).json(201);
    let body =
        json!({ "token": recover(&work_dir, &["bob@example.com"]), "password": "newSecurePassword123" });
    service.post("/auth/reset-password", &body).json(200);
    let bob = log_in(&service, "bob@example.com", "newSecurePassword123");
    service.get("/platform/audit", Some(&bob)).json(403);
}

#[test]
fn links_lead_to_the_public_address_and_ignore_the_request() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&PUBLIC);
    service.sign_up();
    let body = json!({ "email": "ada@example.com" });
    let hostile = "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\n\
        Forwarded: host=evil.example\r\nOrigin: https://evil.example\r\nReferer: https://evil.example/\r\n";
    let answer = service.send_with("POST", "/auth/forgot-password", hostile, &body.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    let mails = work_dir.mails(&service, 2);
    assert!(
        mails.iter().any(|mail| mail.contains("\nhttps://id.example.com/base/reset-password#token=rst_"))
    );
    assert!(mails.iter().all(|mail| !mail.contains("evil")), "{mails:?}");
}
