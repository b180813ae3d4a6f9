//! Links in mails lead to the public URL, whatever headers a request has.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Service, TIMEOUT, WorkDir};

const PUBLIC_URL: &str = "https://id.example.org/auth";

/// Posts with the headers of an attacker who wants the links to lead to another host
/// (GHSA-3529-5m8x-rpv3).
fn post(service: &Service, path: &str, token: &str, body: &Value) -> String {
    let mut stream = TcpStream::connect(service.api.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\
         X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 81\r\n\
         X-Forwarded-Prefix: /evil\r\nX-Original-Host: evil.example\r\nForwarded: host=evil.example\r\n\
         X-Host: evil.example\r\nX-Forwarded-Server: evil.example\r\nX-Rewrite-Url: /evil.example\r\n\
         Origin: https://evil.example\r\nReferer: https://evil.example/\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Returns the mails, once there are `expected` of them.
fn mails(outbox: &Path, expected: usize) -> Vec<String> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let files = std::fs::read_dir(outbox).into_iter().flatten().flatten();
        let files = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "eml"));
        let texts: Vec<_> = files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect();
        if texts.len() >= expected {
            return texts;
        }
        assert!(Instant::now() < deadline, "{texts:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn links_lead_to_the_public_address() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("PUBLIC_URL", PUBLIC_URL)]);
    let account = json!({ "email": "ada@example.com", "password": "correct horse battery",
        "first_name": "Ada", "last_name": "Lovelace" });
    assert!(post(&service, "/auth/signup", "", &account).starts_with("HTTP/1.1 201"));
    let token = service.log_in();
    let org = service.get("/auth/me", Some(&token)).json(200)["organizations"][0].clone();
    let roles =
        service.get(&format!("/roles/list_roles?org_id={}", org["id"].as_str().unwrap()), Some(&token));
    let guest = roles.json(200)[3]["id"].clone();
    for (path, body) in [
        ("/auth/resend-verification", json!({ "email": "ada@example.com" })),
        ("/auth/forgot-password", json!({ "email": "ada@example.com" })),
        ("/auth/invite", json!({ "email": "bob@example.com", "org_id": org["id"], "role_id": guest })),
        (
            "/auth/change-email",
            json!({ "new_email": "ada@new.example", "password": "correct horse battery" }),
        ),
    ] {
        let answer = post(&service, path, &token, &body);
        assert!(answer.starts_with("HTTP/1.1 2"), "{path}: {answer}");
        assert!(!answer.contains("evil.example"), "{answer}");
    }
    // The mails are two verifications, a reset, an invitation, a confirmation, and a notice to the old address.
    let mails = mails(&work_dir.path(&service.outbox), 6);
    let links: Vec<&str> =
        mails.iter().flat_map(|mail| mail.lines()).filter(|line| line.starts_with("http")).collect();
    for page in ["verify-email", "reset-password", "accept-invitation", "confirm-email"] {
        let link = format!("{PUBLIC_URL}/{page}#token=");
        assert!(links.iter().any(|line| line.starts_with(&link)), "{page}: {links:?}");
    }
    for mail in &mails {
        assert!(!mail.contains("evil"), "{mail}");
    }
    assert_eq!(links.len(), 5, "{links:?}");
    let setup = service.setup_link();
    assert!(setup.starts_with(&format!("{PUBLIC_URL}/setup#token=")), "{setup}");
    drop(service);
    let run =
        work_dir.run(&["admin", "recover", "ada@example.com"], &[("PUBLIC_URL", PUBLIC_URL)]).succeeded();
    assert!(run.stdout.contains(&format!("{PUBLIC_URL}/reset-password#token=")), "{}", run.stdout);
}

/// The prefix, the headers of pages and the subprotocols of the settings are applied.
#[test]
fn settings_of_proxies_are_applied() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[
        ("PUBLIC_URL", "https://app.example.org/identity/"),
        ("BAILIWICK__CORS__ORIGINS", "https://front.example.org"),
        ("BAILIWICK__CORS__HEADERS", "X-Client-Version"),
        ("BAILIWICK__SOCKETS__SUBPROTOCOLS", "chat.v1"),
    ]);
    let problem = service.get("/nowhere", None).json(404);
    assert_eq!(problem["type"], "/identity/problems/not_found");
    assert_eq!(problem["hint"], "Check the path; /identity/docs lists all of them.");
    let preflight = "Host: a\r\nOrigin: https://front.example.org\r\nAccess-Control-Request-Method: PUT\r\n\
                     Access-Control-Request-Headers: x-client-version\r\n";
    assert_eq!(service.send_with("OPTIONS", "/auth/me", preflight, "").status, 200);
    let mut stream = TcpStream::connect(service.api.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let upgrade = "GET /ws/connect HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   Sec-WebSocket-Protocol: other, chat.v1\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(answer.contains("\r\nsec-websocket-protocol: chat.v1\r\n"), "{answer}");
}

/// The client address is read from the header that the settings name, not from the other one.
#[test]
fn the_header_that_the_settings_name_tells_the_client() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[
        ("BAILIWICK__THROTTLE__TRUSTED_PROXIES", "127.0.0.0/8"),
        ("BAILIWICK__THROTTLE__FORWARDED_HEADER", "forwarded"),
    ]);
    service.sign_up();
    let login = json!({ "email": "ada@example.com", "password": "correct horse battery" }).to_string();
    let told = "Host: a\r\nForwarded: for=\"192.0.2.7:4711\"\r\nX-Forwarded-For: 198.51.100.9\r\n";
    let tokens = service.send_with("POST", "/auth/login", told, &login).json(200);
    let sessions = service.get("/auth/sessions", tokens["access_token"].as_str()).json(200).to_string();
    assert!(sessions.contains("\"192.0.2.7\"") && !sessions.contains("198.51.100.9"), "{sessions}");
}
