//! The real server, over TCP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use bailiwick_http::{HttpSettings, serve};
use tokio::sync::oneshot;

use crate::support::World;

/// Sends `text` and reads until the server closes the connection.
fn exchange(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

async fn send(address: SocketAddr, method: &str, path: &str) -> String {
    let text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || exchange(address, &text)).await.unwrap()
}

/// Starts a server that stops when the sender is dropped.
fn start() -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = HttpSettings { drain_delay: Duration::ZERO, ..HttpSettings::default() };
    tokio::spawn(serve(listener, World::new().app, settings, None, |_| (), async move {
        let _ = stopped.await;
    }));
    (address, stop)
}

#[actix_web::test]
async fn an_unparsable_request_is_answered_with_a_problem() {
    let (address, _stop) = start();
    let ok = "GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    let cookie = format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "x".repeat(200_000));
    for (text, status, code) in [
        ("G<>T / HTTP/1.1\r\nhost: x\r\n\r\n", 400, "bad_request"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "bad_request"),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: x\r\n\r\n", 400, "bad_request"),
        ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", 400, "bad_request"),
        (&format!("{ok}G<>T / HTTP/1.1\r\n\r\n"), 400, "bad_request"),
        (&cookie, 431, "request_header_fields_too_large"),
        ("GET / HTTP/1.1\r\nhost: x\r\n", 408, "request_timeout"),
    ] {
        let request = text.to_owned();
        let answer = tokio::task::spawn_blocking(move || exchange(address, &request)).await.unwrap();
        let start = answer.rfind("HTTP/1.1 ").unwrap();
        let (head, body) = answer[start..].split_once("\r\n\r\n").unwrap();
        let problem: serde_json::Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        for member in ["title", "detail", "hint"] {
            assert!(problem[member].is_string(), "{problem}");
        }
        let id = problem["request_id"].as_str().unwrap();
        assert!(head.contains(&format!("x-request-id: {id}")), "{head}");
        assert!(head.contains("application/problem+json"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(!text.starts_with(ok) || answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[actix_web::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let (address, _stop) = start();
    for (path, length, status) in [
        ("/auth/me", 60_000, "HTTP/1.1 401"),
        ("/auth/login", 60_000, "HTTP/1.1 400"),
        ("/auth/login", 300_000, "HTTP/1.1 413"),
        ("/auth/login", 20_000_000, "HTTP/1.1 413"),
    ] {
        let method = if path == "/auth/me" { "PUT" } else { "POST" };
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        text.push_str(&"[".repeat(length));
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let sent = stream.write_all(text.as_bytes());
            let mut answer = [0; 12];
            (
                stream.read_exact(&mut answer).map(|()| String::from_utf8_lossy(&answer).into_owned()),
                sent.is_ok(),
            )
        })
        .await
        .unwrap();
        assert_eq!(answer.0.as_deref().ok(), Some(status), "{path} {length} {answer:?}");
    }
}

#[actix_web::test]
async fn a_connection_outlives_a_refused_body() {
    let (address, _stop) = start();
    let body = "[".repeat(5000);
    let text = format!(
        "PUT /auth/me HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n{body}\
         GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    );
    let answers = tokio::task::spawn_blocking(move || exchange(address, &text)).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 401") && answers.contains("HTTP/1.1 200"), "{answers}");
}

#[actix_web::test]
async fn serves_drains_and_stops() {
    let settings = HttpSettings {
        drain_delay: Duration::from_millis(400),
        header_timeout: Duration::from_millis(1500),
        workers: 1.try_into().unwrap(),
        ..HttpSettings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = World::new().app;
    let server = tokio::spawn(serve(listener, app, settings, None, |_| (), async move {
        let _ = stopped.await;
    }));

    assert!(send(address, "GET", "/readyz").await.starts_with("HTTP/1.1 200"));
    let head = send(address, "HEAD", "/healthz").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains("content-length: 15"), "{head}");
    let slow = tokio::task::spawn_blocking(move || exchange(address, "GET /healthz HTTP/1.1\r\nhost: "))
        .await
        .unwrap();
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");

    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let draining = send(address, "GET", "/readyz").await;
    assert!(draining.starts_with("HTTP/1.1 503"), "{draining}");
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err());
}
