//! Bodies that are too long, too deep, have too many parts, or are of another type.

use std::time::{Duration, Instant};

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Maximum time for refusing a hostile body.
const SOON: Duration = Duration::from_millis(50);
/// Number of attempts, of which the fastest counts, because this machine may be busy.
const TRIES: usize = 10;
const PASSWORD: &str = "correct horse battery";
const NOBODY: &str = "0198c5a0-7d3e-7000-8000-000000000001";

fn of(count: usize, item: &str) -> String {
    vec![item; count].join(",")
}

async fn send_as(who: &Caller, method: Method, path: &str, kind: &str, body: String) -> u16 {
    let request = who.request(method, path).header("content-type", kind).body(body);
    who.send(request).await.status
}

on_every_engine!(bombs_are_refused_at_once);

async fn bombs_are_refused_at_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let invite = format!("/invitations/bulk?org_id={}", ada.org);
    let (roles, check) = (format!("/roles?org_id={}", ada.org), format!("/authz/check?org_id={}", ada.org));
    let keys = (0..7000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",");
    let deep = "{\"a\":".repeat(10_000);
    let named = |list: &str| format!("{{\"name\":\"x\",\"hierarchy_level\":5,\"permissions\":[{list}]}}");
    for (path, body, status) in [
        ("/auth/login", "[".repeat(65_000), 400),
        ("/auth/login", deep, 400),
        ("/auth/login", format!("{{{keys},\"email\":\"a\"}}"), 400),
        ("/auth/login", format!("[{}]", of(30_000, "1")), 400),
        ("/auth/login", format!("{{\"email\":\"{}\"}}", "x".repeat(65_536)), 413),
        ("/auth/signup", format!("{{\"email\":[{}]}}", of(1_900, "[]")), 422),
        (&invite, format!("{{\"invitations\":[{}]}}", of(101, "{}")), 422),
        (&invite, format!("{{\"invitations\":[{}]}}", of(1_900, "null")), 422),
        (&invite, format!("{{\"invitations\":[{}]}}", of(30_000, "1")), 400),
        (&roles, named(&of(201, "\"kb:read\"")), 422),
        (&roles, named(&of(1_900, "\"kb:read\"")), 422),
        (&check, format!("{{\"permissions\":[{}]}}", of(101, "\"kb:read\"")), 422),
        (&check, format!("{{\"permissions\":[\"{}:read\"]}}", "k".repeat(60_000)), 422),
        (&check, format!("{{\"permissions\":[\"{}\"]}}", "*".repeat(60_000)), 422),
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..TRIES {
            let started = Instant::now();
            let got = send_as(&ada, Method::POST, path, "application/json", body.clone()).await;
            assert_eq!(got, status, "{path} {body:.40}");
            fastest = fastest.min(started.elapsed());
            if fastest < SOON {
                break;
            }
        }
        assert!(fastest < SOON, "{fastest:?}: {path} {body:.40}");
    }
}

on_every_engine!(a_body_without_end_is_cut_off);

/// The body has no announced length, so the service must count, and buffer nothing beyond the limit.
async fn a_body_without_end_is_cut_off(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let address = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /auth/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut answers, mut sink) = stream.into_split();
    let flood = tokio::spawn(async move {
        let chunk = format!("{:x}\r\n{}\r\n", 16_384, " ".repeat(16_384));
        let mut chunks = 0_u32;
        while sink.write_all(chunk.as_bytes()).await.is_ok() && chunks < 100_000 {
            chunks += 1;
        }
        chunks
    });
    let mut answer = [0; 12];
    tokio::time::timeout(Duration::from_secs(20), answers.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    drop(answers);
    flood.abort();
    app.anyone().get("/healthz").await.is(200);
}

/// The described operations that take a body, with ids filled in.
async fn operations_with_a_body(app: &TestApp, owner: &Caller) -> Vec<(Method, String)> {
    let description = app.anyone().get("/openapi.json").await.is(200).json();
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["requestBody"] == Value::Null {
                continue;
            }
            let path = path.replace("{org_id}", &owner.org);
            let path = path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            let query =
                if path.contains(&owner.org) { String::new() } else { format!("?org_id={}", owner.org) };
            operations.push((method.to_uppercase().parse().unwrap(), path + &query));
        }
    }
    operations
}

on_every_engine!(nothing_but_json_changes_anything);

/// The content types that a form on another page can send without a preflight request.
async fn nothing_but_json_changes_anything(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let operations = operations_with_a_body(&app, &ada).await;
    assert!(operations.len() > 20, "{operations:?}");
    let (of_platform, others): (Vec<_>, Vec<_>) =
        operations.into_iter().partition(|(_, path)| path.starts_with("/users/"));
    for (method, path) in others {
        takes_only_json(&ada, method, &path).await;
    }
    // A caller without the permission learns nothing about the body.
    let root = crate::audit::promoted(&app, ada).await;
    for (method, path) in of_platform {
        takes_only_json(&root, method, &path).await;
    }
}

async fn takes_only_json(caller: &Caller, method: Method, path: &str) {
    for kind in [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ] {
        let got = send_as(caller, method.clone(), path, kind, "{\"email\":\"a@b.cc\"}".to_owned()).await;
        assert_eq!(got, 415, "{method} {path} {kind}");
    }
    let none = caller.send(caller.request(method.clone(), path).body("{}")).await;
    assert_eq!(none.status, 415, "{method} {path}");
}

on_every_engine!(an_array_is_no_object);

/// Otherwise its items would be taken for the fields, in their order.
async fn an_array_is_no_object(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let login = json!([ada.email, PASSWORD]);
    app.anyone().post("/auth/login", login).await.refuses(422, "Validation failed");
    let row = json!(["bob@example.com", ada.org, ada.role_id("guest").await, null]);
    let rows = ada.invite_many(json!([row])).await.is(200);
    assert_eq!(rows.field("/results/0/status"), 422);
    assert_eq!(rows.field("/results/0/problem/errors/0/pointer"), "");
    let operations = operations_with_a_body(&app, &ada).await;
    // Before there is an administrator, because /setup answers 404 after that.
    let (of_platform, others): (Vec<_>, Vec<_>) =
        operations.into_iter().partition(|(_, path)| path.starts_with("/users/"));
    for (method, path) in others {
        takes_no_array(&ada, &method, &path).await;
    }
    let root = crate::audit::promoted(&app, ada).await;
    for (method, path) in of_platform {
        takes_no_array(&root, &method, &path).await;
    }
}

async fn takes_no_array(caller: &Caller, method: &Method, path: &str) {
    for body in [
        json!([]),
        json!(["a", "b", "c", "d", "e"]),
        json!([null, null, null, null, null]),
        json!([{}]),
        json!("x"),
        json!(5),
    ] {
        let reply = caller.send(caller.request(method.clone(), path).json(&body)).await;
        let reply = reply.refuses(422, "Validation failed");
        let error = json!([{ "pointer": "", "code": "invalid", "message": "expected an object" }]);
        assert_eq!(reply.field("/errors"), error, "{method} {path} {body}");
    }
}

on_every_engine!(no_origin_is_allowed_with_credentials_or_by_a_star);

async fn no_origin_is_allowed_with_credentials_or_by_a_star(engine: Engine) {
    let mut options = bailiwick_testkit::app::TestAppOptions::default();
    options.http.cors_origins = vec!["https://app.example.com".to_owned(), "*".to_owned(), "null".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    for (origin, allowed) in [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com.evil.example", ""),
        ("https://APP.example.com", ""),
        ("http://app.example.com", ""),
        ("https://app.example.com:444", ""),
        ("https://evil.example", ""),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let request = ada.request(method.clone(), "/auth/me").header("origin", origin);
            let request = request.header("access-control-request-method", "GET");
            let reply = ada.send(request).await;
            assert_eq!(reply.header("access-control-allow-origin"), allowed, "{method} {origin}");
            assert_eq!(reply.header("access-control-allow-credentials"), "", "{method} {origin}");
            assert!(!allowed.is_empty() || method == Method::GET || reply.status >= 400, "{origin}");
        }
    }
    let plain = ada.log_out().await;
    assert_eq!(plain.header("access-control-allow-origin"), "", "nobody asked");
}
