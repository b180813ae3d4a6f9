//! The service behind a proxy that strips a prefix.

use std::net::SocketAddr;

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const PREFIX: &str = "/identity";

/// A proxy that serves `/identity/..` only and strips this prefix.
struct StrippingProxy {
    base: String,
    task: tokio::task::JoinHandle<()>,
}

impl StrippingProxy {
    async fn before(app: &TestApp) -> Self {
        let target: SocketAddr = app.base.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}{PREFIX}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, target));
            }
        });
        Self { base, task }
    }
}

impl Drop for StrippingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Relays one request per connection, unless the connection is upgraded.
async fn relay(mut client: TcpStream, target: SocketAddr) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let Some((method, rest)) = head.split_once(&format!(" {PREFIX}/")) else {
        let answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return client.write_all(answer.as_bytes()).await.unwrap();
    };
    let is_upgrade = head.to_lowercase().contains("\r\nupgrade:");
    let rest =
        if is_upgrade { rest.to_owned() } else { rest.replacen("\r\n", "\r\nConnection: close\r\n", 1) };
    let mut service = TcpStream::connect(target).await.unwrap();
    service.write_all(format!("{method} /{rest}").as_bytes()).await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut service).await;
}

async fn start(engine: &Engine) -> (TestApp, StrippingProxy, Caller) {
    let options = TestAppOptions { prefix: PREFIX, ..TestAppOptions::default() };
    let app = TestApp::start_with(engine, options).await;
    let proxy = StrippingProxy::before(&app).await;
    let anyone = Caller { base: proxy.base.clone(), ..app.anyone() };
    (app, proxy, anyone)
}

/// Returns the paths in a text.
fn paths(text: &str) -> Vec<&str> {
    let words = text.split([' ', '`', '(', ')', '"', '\'', ',']);
    words.filter(|word| word.starts_with('/') && word.len() > 1).collect()
}

#[track_caller]
fn is_prefixed(text: &str) -> usize {
    let paths = paths(text);
    for path in &paths {
        assert!(path.starts_with("/identity/") && !path.starts_with("/identity/identity"), "{text}");
    }
    paths.len()
}

on_every_engine!(every_problem_names_paths_with_the_prefix);

async fn every_problem_names_paths_with_the_prefix(engine: Engine) {
    let (_app, proxy, anyone) = start(&engine).await;
    let kinds = anyone.get("/problems").await.is(200).json();
    let (mut named, kinds) = (0, kinds.as_array().unwrap().clone());
    assert!(kinds.len() > 50, "{}", kinds.len());
    for kind in kinds {
        named += is_prefixed(kind["hint"].as_str().unwrap());
        named += is_prefixed(kind["explanation"].as_str().unwrap());
        let path = format!("/problems/{}", kind["code"].as_str().unwrap());
        assert_eq!(anyone.get(&path).await.is(200).json(), kind);
        let page = anyone.request(Method::GET, &path).header("accept", "text/html");
        let page = anyone.send(page).await.is(200).text;
        for text in page.split(['<', '>']).filter(|text| !text.starts_with('/')) {
            is_prefixed(text);
        }
        // Links are relative.
        assert!(page.contains("href=\"../problems\""), "{page}");
        anyone.get("/problems/../problems").await.is(200);
    }
    assert!(named > 20, "{named}");
    drop(proxy);
}

on_every_engine!(refusals_have_the_prefix);

async fn refusals_have_the_prefix(engine: Engine) {
    let (app, proxy, anyone) = start(&engine).await;
    let ada = Caller { base: proxy.base.clone(), ..app.sign_up("ada").await };
    let bulk = format!("/invitations/bulk?org_id={}", ada.org);
    let rows = ada.post(&bulk, json!({ "invitations": [[], { "email": ada.email }] })).await.is(200);
    let mut problems: Vec<Value> = (0..2).map(|row| rows.field(&format!("/results/{row}/problem"))).collect();
    for reply in [
        anyone.get("/nowhere").await,
        anyone.get("/api/nowhere").await,
        anyone.get("/auth/me").await,
        anyone.with_token("x").get("/auth/me").await,
        anyone.delete("/auth/login").await,
        anyone.get("/ws/connect").await,
        anyone.post("/auth/login", json!([])).await,
        anyone.post("/auth/login", json!({ "email": "a@b.cc", "password": "wrong" })).await,
        anyone.post("/auth/verify-email", json!({ "token": "x" })).await,
        anyone.post("/auth/reset-password", json!({ "token": "x", "password": "correct horse" })).await,
        ada.get("/roles/list_roles").await,
        ada.get("/roles/list_roles?org_id=x").await,
        ada.delete("/auth/sessions/x").await,
    ] {
        assert!(reply.status >= 400, "{reply:?}");
        problems.push(reply.json());
    }
    for problem in problems {
        let kind = format!("/identity/problems/{}", problem["code"].as_str().unwrap());
        assert_eq!(problem["type"], kind, "{problem}");
        is_prefixed(problem["hint"].as_str().unwrap());
        // The type of a problem is a URL, served at that path by the host of the proxy.
        let host = anyone.base.strip_suffix(PREFIX).unwrap();
        let at_host = Caller { base: host.to_owned(), ..anyone.clone() };
        at_host.get(&kind).await.is(200);
    }
}

on_every_engine!(the_description_and_its_pages_work);

async fn the_description_and_its_pages_work(engine: Engine) {
    let (app, proxy, anyone) = start(&engine).await;
    for under in ["", "/api"] {
        let description = anyone.get(&format!("{under}/openapi.json")).await.is(200).json();
        assert_eq!(description["servers"][0]["url"], "/identity");
        assert_eq!(description["servers"][1]["url"], "/identity/api");
        let problem = &description["components"]["schemas"]["ProblemBody"]["properties"]["type"];
        assert_eq!(problem["example"], "/identity/problems/permission_required");
        assert!(
            problem["description"].as_str().unwrap().starts_with("`/identity/problems/<code>`"),
            "{problem}"
        );
        assert!(description["paths"]["/auth/login"]["post"].is_object(), "paths are relative to servers");
        // reqwest follows the redirect.
        let page = anyone.get(&format!("{under}/docs")).await.is(200);
        assert!(page.header("content-type").starts_with("text/html"));
        let script = anyone.get(&format!("{under}/docs/swagger-initializer.js")).await.is(200);
        assert!(script.text.contains("../openapi.json"), "{}", script.text);
    }
    // A page of the public host may open a socket.
    let ada = Caller { base: proxy.base.clone(), ..app.sign_up("ada").await };
    let query = format!("token={}&org_id={}", ada.token, ada.org);
    ada.try_connect(&query, &[("origin", &app.base)]).await.unwrap().expect("connect").await;
    assert_eq!(ada.try_connect(&query, &[("origin", "https://evil.example")]).await.unwrap_err(), 403);
}

on_every_engine!(at_the_root_nothing_is_prefixed);

async fn at_the_root_nothing_is_prefixed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    let description = anyone.get("/openapi.json").await.is(200).json();
    assert_eq!(
        (&description["servers"][0]["url"], &description["servers"][1]["url"]),
        (&json!("/"), &json!("/api"))
    );
    let refused = anyone.get("/auth/me").await.refuses(401, "Missing authentication credentials");
    assert!(refused.text_of("/hint").contains(" /auth/login "), "{}", refused.text);
}
