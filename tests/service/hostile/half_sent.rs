//! Requests that are not sent completely, and requests for another protocol.

use std::time::Duration;

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Time after which a test that waits has failed.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A request timeout short enough to wait for.
const LIMIT: Duration = Duration::from_millis(1500);
/// A body whose refusal shows whether all of it was read.
const BODY: &str = r#"{"password":"correct horse battery","email":5}"#;

async fn impatient(engine: &Engine) -> TestApp {
    let mut options = TestAppOptions::default();
    options.http.request_timeout = LIMIT;
    TestApp::start_with(engine, options).await
}

/// Opens a connection and sends this.
async fn sent(app: &TestApp, head: &str, body: &str) -> TcpStream {
    let address = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}Host: {address}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads until the server closes; returns status, head and body.
async fn answer(stream: &mut TcpStream) -> (u16, String, Value) {
    let mut text = String::new();
    timeout(TIMEOUT, stream.read_to_string(&mut text)).await.expect("an end").expect("a text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

fn post(path: &str, length: usize, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}")
}

on_every_engine!(a_body_shorter_than_announced_is_the_clients_fault);

async fn a_body_shorter_than_announced_is_the_clients_fault(engine: Engine) {
    let app = impatient(&engine).await;
    for path in ["/auth/login", "/auth/signup", "/auth/forgot-password"] {
        // The client waits, or closes its side.
        for closes in [false, true] {
            let mut stream = sent(&app, &post(path, 500, ""), BODY).await;
            if closes {
                stream.shutdown().await.unwrap();
            }
            let (status, head, problem) = answer(&mut stream).await;
            assert_eq!((status, &problem["code"]), (408, &"request_timeout".into()), "{path} {problem}");
            assert!(head.contains("application/problem+json") && head.contains("x-request-id"), "{head}");
            let hint = problem["hint"].as_str().unwrap();
            assert!(hint.starts_with("The body "), "{hint}");
            assert!(head.contains("connection: close") || closes, "{head}");
        }
    }
    let mut stream = sent(&app, &post("/auth/login", 500, "Expect: 100-continue\r\n"), "").await;
    let mut text = String::new();
    timeout(TIMEOUT, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    assert!(text.starts_with("HTTP/1.1 100 ") && text.contains("HTTP/1.1 408 "), "{text}");
    let chunks =
        "POST /auth/login HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let mut stream = sent(&app, chunks, "5\r\n{\"ema").await;
    let (status, head, _) = answer(&mut stream).await;
    assert!(status == 408 && head.contains("connection: close"), "{head}");
}

on_every_engine!(malformed_chunks_are_no_valid_request);

async fn malformed_chunks_are_no_valid_request(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let owner = app.sign_up("ada").await;
    let bearer = format!("Authorization: Bearer {}\r\n", owner.token);
    let in_org = format!("/organizations/{}/leave", owner.org);
    for chunks in
        ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n", "2\r\n{}xx", "fffffffffffffffffff\r\n", "2\r\n{}\r\n0\rx"]
    {
        for path in [
            "/auth/login",
            "/auth/resend-verification",
            "/organizations",
            &in_org,
            "/ws/ticket",
            "/auth/forgot-password",
        ] {
            for closes in [false, true] {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n{bearer}"
                );
                let mut stream = sent(&app, &head, chunks).await;
                if closes {
                    stream.shutdown().await.unwrap();
                }
                let (status, head, problem) = answer(&mut stream).await;
                assert_eq!(
                    (status, &problem["code"]),
                    (400, &"bad_request".into()),
                    "{path} {chunks:?} {problem}"
                );
                assert!(problem["hint"].as_str().unwrap().contains("chunks"), "{problem}");
                let id = problem["request_id"].as_str().unwrap();
                assert!(head.contains(&format!("x-request-id: {id}")), "{head}");
                assert!(head.contains("application/problem+json"), "{head}");
            }
        }
    }
    owner.me().await.is(200);
}

on_every_engine!(who_may_not_act_learns_nothing_of_a_body_that_does_not_come);

async fn who_may_not_act_learns_nothing_of_a_body_that_does_not_come(engine: Engine) {
    let app = impatient(&engine).await;
    let mut stream = sent(&app, &post("/organizations", 500, ""), "{").await;
    assert_eq!(answer(&mut stream).await.0, 401);
}

on_every_engine!(a_refused_body_is_not_awaited);

/// The rest of its chunks may never come.
async fn a_refused_body_is_not_awaited(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for (path, status) in [("/auth/login", 415), ("/organizations", 401), ("/nowhere", 404)] {
        let head =
            format!("POST {path} HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n");
        let mut stream = sent(&app, &head, "5\r\n{\"ema").await;
        let (got, head, _) = answer(&mut stream).await;
        assert!(got == status && head.contains("connection: close"), "{path} {head}");
    }
}

on_every_engine!(a_slow_body_has_the_whole_limit_and_its_request_another);

async fn a_slow_body_has_the_whole_limit_and_its_request_another(engine: Engine) {
    let app = impatient(&engine).await;
    let mut stream = sent(&app, &post("/auth/login", BODY.len(), "Connection: close\r\n"), "").await;
    let (started, pieces) = (Instant::now(), 12_u32);
    for (n, piece) in (0..pieces).zip(BODY.as_bytes().chunks(BODY.len().div_ceil(pieces as usize))) {
        tokio::time::sleep_until(started + LIMIT * 9 / 10 * n / pieces).await;
        stream.write_all(piece).await.unwrap();
    }
    let (status, _, problem) = answer(&mut stream).await;
    assert_eq!((status, &problem["code"]), (422, &"validation_failed".into()), "{problem}");
}

on_every_engine!(a_request_that_asks_for_another_protocol_keeps_its_body);

async fn a_request_that_asks_for_another_protocol_keeps_its_body(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for upgrade in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Upgrade: websocket\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: foo/2, websocket\r\n",
        "Connection: upgrade\r\n",
    ] {
        let started = Instant::now();
        // The bytes after the body do not belong to it.
        let mut stream =
            sent(&app, &post("/auth/login", BODY.len(), upgrade), &format!("{BODY}GARBAGE")).await;
        let (status, head, problem) = answer(&mut stream).await;
        assert_eq!((status, &problem["code"]), (422, &"validation_failed".into()), "{upgrade} {problem}");
        assert!(!head.contains("upgrade"), "{head}");
        assert!(started.elapsed() < TIMEOUT / 2, "{:?}", started.elapsed());
        let mut stream =
            sent(&app, &format!("GET /healthz HTTP/1.1\r\n{upgrade}Connection: close\r\n"), "").await;
        assert_eq!(answer(&mut stream).await.0, 200, "{upgrade}");
        let none = format!(
            "POST /auth/login HTTP/1.1\r\nContent-Type: application/json\r\n{upgrade}Connection: close\r\n"
        );
        let mut stream = sent(&app, &none, "").await;
        assert_eq!(answer(&mut stream).await.2["code"], "malformed_json", "{upgrade}");
    }
    let chunked = "POST /auth/login HTTP/1.1\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n\
                   Upgrade: websocket\r\nTransfer-Encoding: chunked\r\n";
    let body = format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    let mut stream = sent(&app, chunked, &body).await;
    assert_eq!(answer(&mut stream).await.2["code"], "validation_failed");
}

on_every_engine!(a_refusal_arrives_while_the_body_is_being_sent);

/// The connection is not reset before the client has read the response.
async fn a_refusal_arrives_while_the_body_is_being_sent(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let piece = vec![b' '; 1 << 20];
    for (path, status) in [("/auth/login", 413), ("/organizations", 401)] {
        let mut stream = sent(&app, &post(path, 40 << 20, ""), "").await;
        for _ in 0..20 {
            stream.write_all(&piece).await.unwrap();
        }
        let mut head = [0; 12];
        timeout(TIMEOUT, stream.read_exact(&mut head)).await.unwrap().unwrap();
        assert_eq!(head, format!("HTTP/1.1 {status}").as_bytes(), "{path}");
    }
}

on_every_engine!(a_request_that_asks_for_another_protocol_is_closed_at_once);

async fn a_request_that_asks_for_another_protocol_is_closed_at_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let asks = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    for head in [format!("GET /healthz HTTP/1.1\r\n{asks}"), post("/auth/login", BODY.len(), asks)] {
        let mut fastest = TIMEOUT;
        for _ in 0..5 {
            let mut stream = sent(&app, &head, if head.starts_with("POST") { BODY } else { "" }).await;
            let begun = Instant::now();
            answer(&mut stream).await;
            fastest = fastest.min(begun.elapsed());
        }
        assert!(fastest < Duration::from_millis(200), "{fastest:?}");
    }
}
