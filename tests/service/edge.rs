//! What every answer has in common.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

on_every_engine!(the_same_routes_under_api);

async fn the_same_routes_under_api(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for path in ["/auth/me", "/api/auth/me", "/healthz", "/api/healthz"] {
        ada.get(path).await.is(200);
    }
    for path in ["/api/protected", "/api/api/protected"] {
        ada.get(&format!("{path}?org_id={}", ada.org)).await.is(200);
    }
}

on_every_engine!(bodies_are_bounded_and_json);

async fn bodies_are_bounded_and_json(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    let send = async |content_type: &str, body: String| {
        let request =
            anyone.request(Method::POST, "/auth/login").header("content-type", content_type).body(body);
        anyone.send(request).await
    };
    send("application/json", "{".to_owned()).await.refuses(400, "Malformed JSON");
    send("application/json", String::new()).await.refuses(400, "Malformed JSON");
    send("application/json", "[".repeat(60_000)).await.is(400);
    send("application/json", format!("{{\"email\":\"{}\"}}", "x".repeat(70_000))).await.is(413);
    send("text/plain", "{}".to_owned()).await.is(415);
    send("application/x-www-form-urlencoded", "email=a".to_owned()).await.is(415);
    for charset in ["utf-8", "UTF-8", "\"utf-8\""] {
        send(&format!("application/json; charset={charset}"), "{}".to_owned()).await.is(422);
    }
    for charset in ["utf-16", "iso-8859-1", "utf-7"] {
        send(&format!("application/json; charset={charset}"), "{}".to_owned()).await.is(415);
    }
}

on_every_engine!(unknown_paths_and_methods);

async fn unknown_paths_and_methods(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    for path in ["/nowhere", "/api/nowhere", "/auth", "/protected"] {
        anyone.get(path).await.refuses(404, "Not Found");
    }
    let reply = anyone.delete("/auth/login").await.refuses(405, "Method Not Allowed");
    assert_eq!(reply.header("allow"), "POST");
    let reply = anyone.post("/auth/me", json!({})).await.refuses(405, "Method Not Allowed");
    assert_eq!(reply.header("allow"), "GET, PUT, DELETE");
}

on_every_engine!(every_answer_has_its_headers);

async fn every_answer_has_its_headers(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    for path in ["/healthz", "/auth/me", "/nowhere", "/openapi.json"] {
        let reply = anyone.get(path).await;
        assert!(!reply.header("x-request-id").is_empty(), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
    }
    let mine = anyone.request(Method::GET, "/healthz").header("x-request-id", "mine-1");
    assert_eq!(anyone.send(mine).await.header("x-request-id"), "mine-1");
    let odd = anyone.request(Method::GET, "/healthz").header("x-request-id", "a b<c>");
    assert_ne!(anyone.send(odd).await.header("x-request-id"), "a b<c>");
}

on_every_engine!(origins_are_allowed_by_name);

async fn origins_are_allowed_by_name(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.cors_origins = vec!["https://app.example.com".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let anyone = app.anyone();
    let from = async |origin: &str, path: &str| {
        anyone.send(anyone.request(Method::GET, path).header("origin", origin)).await
    };
    let header = "access-control-allow-origin";
    for path in ["/healthz", "/auth/me"] {
        assert_eq!(
            from("https://app.example.com", path).await.header(header),
            "https://app.example.com",
            "{path}"
        );
        assert_eq!(from("https://evil.example.com", path).await.header(header), "", "{path}");
    }
    let preflight = anyone
        .request(Method::OPTIONS, "/auth/login")
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let reply = anyone.send(preflight).await.is(200);
    assert_eq!(reply.header(header), "https://app.example.com");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
}

on_every_engine!(the_service_says_how_it_is);

async fn the_service_says_how_it_is(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let anyone = app.anyone();
    anyone.get("/readyz").await.is(200);
    assert_eq!(anyone.get("/version").await.is(200).field("/version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(anyone.get("/openapi.json").await.is(200).field("/openapi"), "3.1.0");
    let docs = anyone.get("/docs/").await.is(200);
    assert!(docs.header("content-type").starts_with("text/html"));
    assert!(!docs.text.contains("https://") && !docs.text.contains("http://"), "works offline");
}
