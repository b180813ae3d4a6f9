//! Methods, targets and hosts, as bytes on the wire.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends `head` and reads until the service closes the connection; returns head and body.
async fn exchange(app: &TestApp, head: &str) -> (String, String) {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Asserts that the response is a problem with this status.
async fn is_refused(app: &TestApp, head: &str, status: u16) {
    let (answer, body) = exchange(app, head).await;
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
    assert!(answer.to_lowercase().contains("content-type: application/problem+json"), "{head}: {answer}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["status"], status, "{body}");
    assert!(problem["hint"].as_str().unwrap().len() > 10 && problem["request_id"].is_string(), "{body}");
}

on_every_engine!(a_host_that_is_none_is_refused);

async fn a_host_that_is_none_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for path in ["/healthz", "/api/healthz", "/nowhere", "/auth/me", "/ws/connect?token=x"] {
        // The HTTP parser refuses a missing or repeated Host with an empty response.
        for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n"] {
            let (answer, _) = exchange(&app, &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{hosts}: {answer}");
        }
        for hosts in [
            "Host:",
            "Host: ",
            "Host: a b",
            "Host: a/b",
            "Host: user@a",
            "Host: a:port",
            "Host: [::1",
            "Host: <script>",
        ] {
            let head = format!("GET {path} HTTP/1.1\r\n{hosts}\r\nConnection: close\r\n\r\n");
            is_refused(&app, &head, 400).await;
        }
    }
    for head in [
        "GET /healthz HTTP/1.1\r\nHost: id.example:8443\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n",
        "GET http://id.example/healthz HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
    ] {
        let (answer, body) = exchange(&app, head).await;
        assert!(answer.split(' ').nth(1) == Some("200") && body == "{\"status\":\"ok\"}", "{head}: {answer}");
    }
}

on_every_engine!(options_of_the_service_as_a_whole);

async fn options_of_the_service_as_a_whole(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (answer, body) =
        exchange(&app, "OPTIONS * HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\r\n").await;
    let answer = answer.to_lowercase();
    assert!(answer.starts_with("http/1.1 204 ") && body.is_empty(), "{answer}");
    assert!(answer.contains("\r\nallow: get, head, post, put, patch, delete, options"), "{answer}");
    assert!(answer.contains("\r\nx-request-id: "), "{answer}");
    is_refused(&app, "GET * HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\r\n", 400).await;
    is_refused(&app, "OPTIONS /nowhere HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\r\n", 404).await;
}

on_every_engine!(head_is_get_without_its_body);

async fn head_is_get_without_its_body(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let description = ada.get("/openapi.json").await.is(200).json();
    let mut paths: Vec<String> = ["/openapi.json", "/docs/", "/docs"].map(str::to_owned).into();
    let described = description["paths"].as_object().unwrap();
    paths.extend(
        described.iter().filter(|(_, methods)| methods["get"].is_object()).map(|(path, _)| path.clone()),
    );
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for path in paths.iter().filter(|path| *path != "/ws/connect") {
        let path = path.replace("{org_id}", &ada.org).replace("{user_id}", &ada.id);
        for url in [format!("{}{path}?org_id={}", ada.base, ada.org), format!("{}/api{path}", ada.base)] {
            let send = |method: Method| client.request(method, &url).bearer_auth(&ada.token).send();
            let (get, head) = (send(Method::GET).await.unwrap(), send(Method::HEAD).await.unwrap());
            assert_eq!(get.status(), head.status(), "{url}");
            for name in
                ["content-type", "allow", "location", "cache-control", "etag", "vary", "content-encoding"]
            {
                assert_eq!(get.headers().get(name), head.headers().get(name), "{name} {url}");
            }
            let length = |headers: &reqwest::header::HeaderMap| {
                headers.get("content-length").map(|length| length.to_str().unwrap().to_owned())
            };
            // A problem contains the request id, whose length is fixed.
            assert_eq!(length(get.headers()), length(head.headers()), "{url}");
            assert!(head.bytes().await.unwrap().is_empty(), "{url}");
        }
    }
}
