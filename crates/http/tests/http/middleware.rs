//! The middleware of every request and response.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use crate::support::World;

#[actix_web::test]
async fn every_response_has_a_request_id() {
    let api = World::new().api().await;
    let with_id =
        |id: &str| TestRequest::get().uri("/healthz").insert_header(("x-request-id", id.to_owned()));
    assert_eq!(api.send(with_id("mine-1.a_B")).await.header("x-request-id"), "mine-1.a_B");
    for odd in ["a b", "<x>", &"x".repeat(129)] {
        let reply = api.send(with_id(odd)).await;
        assert_ne!(reply.header("x-request-id"), odd);
        assert_eq!(reply.header("x-request-id").len(), 36);
    }
    let [one, two] = [api.get("/nowhere").await, api.get("/nowhere").await];
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

#[actix_web::test]
async fn every_response_has_security_headers() {
    let mut world = World::new();
    world.settings.public_url = "https://id.example".to_owned();
    let api = world.api().await;
    for uri in ["/healthz", "/nowhere", "/auth/me", "/faulty/panic", "/docs/"] {
        let reply = api.get(uri).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(reply.header(name), value, "{uri} {name}");
        }
        assert!(reply.header("content-security-policy").starts_with("default-src 'none';"), "{uri}");
        if uri != "/docs/" {
            assert_eq!(reply.header("cache-control"), "no-store", "{uri}");
        }
    }
    let plain = World::new().api().await.get("/healthz").await;
    assert_eq!(plain.header("strict-transport-security"), "");
}

#[actix_web::test]
async fn unknown_paths_and_bare_errors_are_problems() {
    let api = World::new().api().await;
    for uri in ["/", "/nowhere", "/api", "/api/nowhere", "/auth/login/", "/api/api/healthz", "//healthz"] {
        assert_eq!(api.get(uri).await.problem(), (404, "Not Found".to_owned()), "{uri}");
    }
    for (status, code) in [
        (400, "bad_request"),
        (408, "request_timeout"),
        (413, "payload_too_large"),
        (414, "uri_too_long"),
        (500, "internal_error"),
        (503, "service_unavailable"),
    ] {
        let reply = api.get(&format!("/faulty/bare/{status}")).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
    }
}

#[actix_web::test]
async fn other_methods_are_405_and_allow_lists_the_known_ones() {
    let api = World::new().api().await;
    let methods =
        ["DELETE", "PATCH", "TRACE", "BREW"].map(|name| Method::from_bytes(name.as_bytes()).unwrap());
    for method in methods {
        let reply = api.send(TestRequest::default().method(method.clone()).uri("/auth/me")).await;
        if method == "DELETE" && reply.status == 401 {
            continue;
        }
        assert_eq!(reply.problem(), (405, "Method Not Allowed".to_owned()), "{method}");
        let mut allowed: Vec<_> = reply.header("allow").split(", ").collect();
        allowed.sort_unstable();
        assert!(allowed.starts_with(&["GET"]) || allowed.contains(&"GET"), "{allowed:?}");
        assert!(allowed.contains(&"PUT") && allowed.contains(&"OPTIONS"), "{allowed:?}");
    }
    let reply = api.get("/auth/login").await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "POST, OPTIONS"));
}

#[actix_web::test]
async fn options_lists_the_methods() {
    let api = World::new().api().await;
    let options = |uri: &str| TestRequest::default().method(Method::OPTIONS).uri(uri);
    for (uri, allow) in [
        ("/auth/me", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/api/auth/login", "POST, OPTIONS"),
        ("/ws/connect", "GET, OPTIONS"),
        ("/probe/public", "POST, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    ] {
        let reply = api.send(options(uri)).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (204, allow), "{uri}");
        assert!(reply.body.is_empty() && !reply.header("x-request-id").is_empty());
    }
    assert_eq!(api.send(options("/nowhere")).await.code(), "not_found");
    assert_eq!(api.get("*").await.code(), "bad_request");
}

#[actix_web::test]
async fn an_invalid_host_is_400() {
    let api = World::new().api().await;
    let peer = "127.0.0.1:4000".parse().unwrap();
    let request = || TestRequest::get().uri("/healthz").peer_addr(peer);
    assert_eq!(api.send(request().insert_header(("host", "id.example:8443"))).await.status, 200);
    for host in ["", " ", "a b", "a/b", "user@a", "a:b", "[::1"] {
        let reply = api.send(request().insert_header(("host", host))).await;
        assert_eq!(reply.problem(), (400, "Bad Request".to_owned()), "{host:?}");
    }
    assert_eq!(api.send(request()).await.code(), "bad_request");
    let twice = request().insert_header(("host", "a")).append_header(("host", "a"));
    assert_eq!(api.send(twice).await.code(), "bad_request");
    let old = request().version(actix_web::http::Version::HTTP_10);
    assert_eq!(api.send(old).await.status, 200);
}

#[actix_web::test]
async fn head_is_answered_where_get_is() {
    let api = World::new().api().await;
    assert_eq!(api.send(TestRequest::default().method(Method::HEAD).uri("/healthz")).await.status, 200);
    assert_eq!(api.send(TestRequest::default().method(Method::HEAD).uri("/auth/login")).await.status, 405);
    let reply = api.send(TestRequest::default().method(Method::HEAD).uri("/ws/connect")).await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, OPTIONS"));
}

#[actix_web::test]
async fn a_response_without_a_decision_is_a_500_that_leaks_nothing() {
    let api = World::new().api().await;
    for uri in ["/faulty/undecided", "/faulty/redirect", "/faulty/no-panic-guard"] {
        let reply = api.get(uri).await;
        assert_eq!(reply.problem(), (500, "Internal error".to_owned()), "{uri}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("leak"));
        assert_eq!(reply.location(), "");
    }
}

#[actix_web::test]
async fn a_panic_is_a_500_that_leaks_nothing() {
    let api = World::new().api().await;
    let reply = api.get("/faulty/panic").await;
    assert_eq!(reply.problem(), (500, "Internal error".to_owned()));
    assert!(!String::from_utf8_lossy(&reply.body).contains("secret"));
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[actix_web::test]
async fn a_response_that_takes_too_long_is_a_503() {
    let api = World::new().api().await;
    let reply = api.get("/faulty/slow").await;
    assert_eq!(reply.problem(), (503, "Service unavailable".to_owned()));
    assert_eq!(reply.header("retry-after"), "1");
}

#[actix_web::test]
async fn pages_of_listed_origins_may_read_every_response() {
    let api = World::new().api().await;
    let from =
        |origin: &str, uri: &str| TestRequest::get().uri(uri).insert_header(("origin", origin.to_owned()));
    for uri in ["/healthz", "/auth/me", "/nowhere", "/faulty/panic", "/faulty/slow", "/faulty/undecided"] {
        let reply = api.send(from("https://front.example", uri)).await;
        assert_eq!(reply.header("access-control-allow-origin"), "https://front.example", "{uri}");
        assert_eq!(reply.header("access-control-allow-credentials"), "");
        assert_eq!(reply.header("x-request-id").len(), 36);
        let reply = api.send(from("https://evil.example", uri)).await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{uri}");
    }
}

#[actix_web::test]
async fn preflights_are_answered_for_listed_origins_only() {
    let world = World::new();
    let preflight = |origin: &str| {
        TestRequest::default()
            .method(Method::OPTIONS)
            .uri("/auth/login")
            .insert_header(("origin", origin.to_owned()))
            .insert_header(("access-control-request-method", "POST"))
            .insert_header(("access-control-request-headers", "authorization,content-type"))
    };
    let api = world.api().await;
    let reply = api.send(preflight("https://front.example")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("access-control-allow-origin"), "https://front.example");
    assert!(reply.header("access-control-allow-methods").contains("POST"));
    for origin in
        ["https://evil.example", "null", "https://front.example.evil.example", "http://front.example"]
    {
        let reply = api.send(preflight(origin)).await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
        assert_eq!(reply.code(), "bad_request");
        assert!(reply.json()["hint"].as_str().unwrap().contains("[cors] origins"), "{reply:?}");
    }
    let front = "https://front.example";
    for (name, value, hint) in [
        ("access-control-request-headers", "x-unknown", "[cors] headers"),
        ("access-control-request-method", "TRACE", "Access-Control-Request-Method"),
    ] {
        let reply = api.send(preflight(front).insert_header((name, value))).await;
        assert_eq!(reply.code(), "bad_request");
        assert!(reply.json()["hint"].as_str().unwrap().contains(hint), "{reply:?}");
    }
    let closed = World { settings: bailiwick_http::HttpSettings::default(), ..world };
    let reply = closed.api().await.send(preflight("https://front.example")).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[actix_web::test]
async fn the_same_routes_answer_at_the_root_and_under_api() {
    let world = World::new();
    let (api, ada) = (world.api().await, world.person("ada").await);
    for prefix in ["", "/api"] {
        for uri in ["/healthz", "/auth/me", "/organizations", "/version", "/openapi.json"] {
            assert_eq!(
                api.call(Method::GET, &format!("{prefix}{uri}"), &ada.token).await.status,
                200,
                "{prefix}{uri}"
            );
        }
        let uri = format!("{prefix}/api/protected?org_id={}", ada.org);
        let reply = api.call(Method::GET, &uri, &ada.token).await;
        assert_eq!(reply.json()["message"], "Access granted", "{uri}");
        assert_eq!(reply.json()["user_id"], ada.id.to_string());
    }
}

#[actix_web::test]
async fn the_client_is_the_peer_unless_a_trusted_proxy_names_it() {
    let mut world = World::new();
    let request = || {
        TestRequest::get()
            .uri("/probe/client")
            .peer_addr("10.1.2.3:4567".parse().unwrap())
            .insert_header(("host", "id.example"))
            .insert_header(("user-agent", "probe/1"))
            .insert_header(("x-forwarded-for", "6.6.6.6, 203.0.113.7"))
    };
    let seen = world.api().await.send(request()).await.json();
    assert_eq!(seen, serde_json::json!(["probe/1", "10.1.2.3"]));
    world.settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    let seen = world.api().await.send(request()).await.json();
    assert_eq!(seen, serde_json::json!(["probe/1", "203.0.113.7"]));
}
