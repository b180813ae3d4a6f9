//! The log entry of each request at the level `debug`.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{Service, WorkDir};

const DEBUG: [(&str, &str); 2] = [("BAILIWICK__LOG__LEVEL", "debug"), ("BAILIWICK__LOG__FORMAT", "json")];

/// Returns the log entries of this request.
fn lines(service: &Service, request_id: &str) -> Vec<Value> {
    let log = service.log();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["request_id"] == request_id).collect()
}

fn send(service: &Service, id: &str, method: &str, path: &str, token: Option<&str>) -> u16 {
    let address = service.api.strip_prefix("http://").unwrap();
    let credential = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let headers = format!("Host: {address}\r\nX-Request-Id: {id}\r\n{credential}");
    service.send_with(method, path, &headers, "").status
}

#[test]
fn every_request_leaves_one_line_without_a_secret() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&DEBUG);
    let token = service.sign_up();
    let me = service.get("/auth/me", Some(&token)).json(200);
    let other = "0198c5a0-7d3e-7000-8000-000000000001";
    let forged = format!("{token}x");
    for (id, method, path, token, status, route, code, user) in [
        ("r1", "GET", "/auth/me?token=tok_secret", Some(&token), 200, "/auth/me", None, true),
        ("r2", "GET", "/auth/me", None, 401, "/auth/me", Some("missing_credentials"), false),
        ("r3", "GET", "/auth/me", Some(&forged), 401, "/auth/me", Some("invalid_token"), false),
        (
            "r4",
            "GET",
            &format!("/organizations/{other}/users"),
            Some(&token),
            403,
            "/organizations/{org_id}/users",
            Some("not_a_member"),
            true,
        ),
        ("r5", "HEAD", "/healthz", None, 200, "/healthz", None, false),
        ("r6", "GET", "/no/tok_secret", None, 404, "none", None, false),
    ] {
        assert_eq!(send(&service, id, method, path, token.map(String::as_str)), status, "{id}");
        let found = lines(&service, id);
        let [line] = found.as_slice() else { panic!("{id}: {found:?}") };
        assert_eq!((&line["level"], &line["method"]), (&json!("DEBUG"), &json!(method)), "{line}");
        assert_eq!((&line["status"], &line["client"]), (&json!(status), &json!("127.0.0.1")), "{line}");
        assert_eq!(line["route"], route, "{line}");
        assert!(line["duration_ms"].as_f64().is_some_and(|taken| taken >= 0.0), "{line}");
        assert_eq!(line.get("user"), user.then_some(&me["id"]), "{line}");
        if let Some(code) = code {
            assert_eq!(line["code"], code, "{line}");
        }
    }
    let log = service.log();
    for secret in ["tok_secret", token.as_str(), "correct horse battery"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Signs in at the pages; returns the cookie.
fn sign_in(service: &Service) -> String {
    let address = service.api.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let form = "email=ada%40example.com&password=correct+horse+battery";
    let length = form.len();
    write!(
        stream,
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (_, rest) = text.split_once("bailiwick=").unwrap_or_else(|| panic!("{text}"));
    format!("bailiwick={}", rest.split(';').next().unwrap())
}

#[test]
fn the_line_of_a_page_names_its_user() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&DEBUG);
    let token = service.sign_up();
    let me = service.get("/auth/me", Some(&token)).json(200);
    let cookie = sign_in(&service);
    let address = service.api.strip_prefix("http://").unwrap();
    for (id, path, cookie, status, user) in [
        ("p1", "/console", cookie.as_str(), 200, Some(&me["id"])),
        ("p2", "/console/unknown", cookie.as_str(), 404, Some(&me["id"])),
        ("p3", "/console", "bailiwick=pag_x", 303, None),
    ] {
        let headers =
            format!("Host: {address}\r\nX-Request-Id: {id}\r\nAccept: text/html\r\nCookie: {cookie}\r\n");
        assert_eq!(service.send_with("GET", path, &headers, "").status, status, "{id}");
        let found = lines(&service, id);
        let [line] = found.as_slice() else { panic!("{id}: {found:?}") };
        assert_eq!(line.get("user"), user, "{line}");
    }
    assert!(!service.log().contains(&cookie["bailiwick=".len()..]), "the cookie is in the log");
}

#[test]
fn the_line_of_each_request_can_be_raised_to_info() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("BAILIWICK__LOG__ACCESS", "true"), ("BAILIWICK__LOG__FORMAT", "json")]);
    let token = service.sign_up();
    let me = service.get("/auth/me", Some(&token)).json(200);
    assert_eq!(send(&service, "r1", "GET", "/auth/me?token=tok_secret", Some(&token)), 200);
    let found = lines(&service, "r1");
    let [line] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&line["level"], &line["route"]), (&json!("INFO"), &json!("/auth/me")), "{line}");
    assert_eq!((&line["status"], &line["user"]), (&json!(200), &me["id"]), "{line}");
    assert!(!service.log().contains("tok_secret") && !service.log().contains("DEBUG"));
}

#[test]
fn a_socket_that_is_refused_leaves_its_reason() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&DEBUG);
    let address = service.api.strip_prefix("http://").unwrap();
    let upgrade = format!(
        "Host: {address}\r\nX-Request-Id: s1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    assert_eq!(upgraded(address, &upgrade), 101);
    let found = lines(&service, "s1");
    assert!(found.iter().any(|line| line["code"] == 1008 && line["reason"] == "Invalid ticket"), "{found:?}");
    assert!(!service.log().contains("tic_secret"));
}

/// Returns the status of an upgrade with an invalid ticket.
fn upgraded(address: &str, headers: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(crate::support::TIMEOUT)).unwrap();
    write!(stream, "GET /ws/connect?ticket=tic_secret HTTP/1.1\r\n{headers}Connection: Upgrade\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn without_debug_no_request_is_logged() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("BAILIWICK__LOG__FORMAT", "json")]);
    assert_eq!(send(&service, "r1", "GET", "/auth/me", None), 401);
    assert_eq!(lines(&service, "r1"), [json!(null); 0]);
}
