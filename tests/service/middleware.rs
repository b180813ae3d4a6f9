//! Properties of every response.

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
    for parameters in
        ["charset=utf-8", "charset=\"UTF-8\"", "charset=utf-16", "charset=x", "charset", "", "a=b;c=d"]
    {
        send(&format!("application/json; {parameters}"), "{}".to_owned()).await.is(422);
        let latin = anyone.request(Method::POST, "/auth/login").body(&b"{\"email\":\"\xe4\"}"[..]);
        let latin = latin.header("content-type", format!("application/json; {parameters}"));
        anyone.send(latin).await.refuses(400, "Malformed JSON");
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
    assert_eq!(reply.header("allow"), "POST, OPTIONS");
    let reply = anyone.post("/auth/me", json!({})).await.refuses(405, "Method Not Allowed");
    assert_eq!(reply.header("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
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

on_every_engine!(pages_may_send_these_headers);

async fn pages_may_send_these_headers(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.cors_origins = vec!["https://app.example.com".to_owned()];
    options.http.cors_headers = vec!["x-client-version".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let anyone = app.anyone();
    let preflight = async |headers: &str| {
        let request = anyone
            .request(Method::OPTIONS, "/auth/me")
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", headers);
        anyone.send(request).await
    };
    for headers in [
        "authorization,content-type,x-request-id",
        "traceparent,tracestate,baggage,sentry-trace",
        "X-Client-Version, Authorization",
    ] {
        let reply = preflight(headers).await.is(200);
        let allowed = reply.header("access-control-allow-headers").to_lowercase();
        for header in headers.to_lowercase().split(',').map(str::trim) {
            assert!(allowed.split(',').any(|name| name.trim() == header), "{header}: {allowed}");
        }
    }
    assert!(preflight("x-other").await.status >= 400);
    let request = anyone.request(Method::GET, "/auth/me").header("origin", "https://app.example.com");
    let reply = anyone.send(request).await.is(401);
    let exposed = reply.header("access-control-expose-headers").to_lowercase();
    for header in ["retry-after", "x-request-id", "www-authenticate"] {
        assert!(exposed.contains(header), "{exposed}");
    }
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
