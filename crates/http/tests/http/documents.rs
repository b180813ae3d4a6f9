//! Health, problems and the OpenAPI document.

use actix_web::test::TestRequest;
use bailiwick_http::problem::Code;
use serde_json::json;

use crate::support::World;

#[actix_web::test]
async fn health_readiness_and_version() {
    let world = World::new();
    let api = world.api().await;
    assert_eq!(api.get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(api.get("/readyz").await.json(), json!({"status": "ready"}));
    assert_eq!(
        api.get("/version").await.json(),
        json!({"name": "bailiwick", "version": env!("CARGO_PKG_VERSION")})
    );
    world.draining.begin();
    let reply = api.get("/readyz").await;
    assert_eq!(reply.problem(), (503, "Service unavailable".to_owned()));
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[actix_web::test]
async fn the_type_of_a_problem_is_served() {
    let api = World::new().api().await;
    let problem = api.get("/nowhere").await.json();
    let kind = api.get(problem["type"].as_str().unwrap()).await.json();
    assert_eq!((&kind["code"], &kind["status"]), (&json!("not_found"), &json!(404)));
    assert_eq!(api.get("/problems/unheard_of").await.status, 404);
    assert!(api.get("/problems").await.json().as_array().unwrap().len() > 40);
}

#[actix_web::test]
async fn every_kind_of_problem_has_a_page_for_people() {
    let api = World::new().api().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let open =
        async |uri: &str| api.send(TestRequest::get().uri(uri).insert_header(("accept", browser))).await;
    for code in Code::ALL {
        for prefix in ["", "/api"] {
            let page = open(&format!("{prefix}/problems/{}", code.as_str())).await;
            assert_eq!(page.status, 200);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert!(page.header("vary").to_lowercase().contains("accept"), "{page:?}");
            assert_eq!(page.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
            let html = String::from_utf8(page.body.to_vec()).unwrap();
            for forbidden in ["<style", "style=", "<script", "<img", "<link", "http:"] {
                assert!(!html.contains(forbidden), "{html}");
            }
            assert!(html.contains(code.as_str()) && html.contains("href=\"../problems\""), "{html}");
            assert!(html.contains(&code.status().to_string()), "{html}");
        }
        let json = api.get(&format!("/problems/{}", code.as_str())).await;
        assert_eq!(json.json()["explanation"], code.explanation());
        assert!(json.header("vary").to_lowercase().contains("accept"), "{json:?}");
    }
    let list = open("/problems").await;
    let html = String::from_utf8(list.body.to_vec()).unwrap();
    assert!(Code::ALL.iter().all(|code| html.contains(&format!("href=\"problems/{}\"", code.as_str()))));
    assert_eq!(open("/problems/unheard_of").await.code(), "not_found");
}

#[actix_web::test]
async fn the_description_is_openapi_3_1() {
    let api = World::new().api().await;
    let description = api.get("/openapi.json").await.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(description["servers"][1]["url"], "/api");
    assert_eq!(description["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert!(description["components"]["schemas"]["ProblemBody"]["properties"]["code"].is_object());
    assert!(description["paths"]["/healthz"]["get"].is_object());
}

#[actix_web::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let api = World::new().api().await;
    let moved = api.get("/docs").await;
    assert_eq!((moved.status.as_u16(), moved.location()), (308, "docs/"));
    for prefix in ["", "/api"] {
        let page = api.get(&format!("{prefix}/docs/")).await;
        assert_eq!(page.header("content-type"), "text/html");
        assert!(page.header("content-security-policy").contains("script-src 'self';"));
        assert_eq!(page.header("cache-control"), "public, max-age=3600");
        let html = String::from_utf8_lossy(&page.body).into_owned();
        assert!(!html.contains("src=\"http") && !html.contains("href=\"http"), "{html}");
        let script = api.get(&format!("{prefix}/docs/swagger-initializer.js")).await;
        assert!(String::from_utf8_lossy(&script.body).contains("../openapi.json"));
        assert_eq!(api.get(&format!("{prefix}/docs/swagger-ui-bundle.js")).await.status, 200);
    }
    assert_eq!(api.get("/docs/unheard-of.js").await.code(), "not_found");
}

#[actix_web::test]
async fn every_file_of_the_pages_is_served_with_its_type() {
    let api = World::new().api().await;
    for (file, content_type) in [
        ("", "text/html"),
        ("index.html", "text/html"),
        ("index.css", "text/css"),
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("swagger-ui-standalone-preset.js", "text/javascript"),
        ("swagger-initializer.js", "text/javascript"),
        ("oauth2-redirect.html", "text/html"),
        ("oauth2-redirect.js", "text/javascript"),
        ("favicon-16x16.png", "image/png"),
        ("favicon-32x32.png", "image/png"),
    ] {
        let reply = api.get(&format!("/docs/{file}")).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, content_type), "{file}");
        assert_eq!(reply.header("cache-control"), "public, max-age=3600");
        assert!(!reply.body.is_empty(), "{file}");
        for named in names_of_files(&String::from_utf8_lossy(&reply.body), content_type) {
            assert_eq!(api.get(&format!("/docs/{named}")).await.status, 200, "{file} names {named}");
        }
    }
}

/// The values of `src` and `href` in a page.
fn names_of_files(page: &str, content_type: &str) -> Vec<String> {
    let parts = page.split('"').collect::<Vec<_>>();
    let references = parts.windows(2).filter(|pair| pair[0].ends_with("src=") || pair[0].ends_with("href="));
    let names = references.map(|pair| pair[1].trim_start_matches("./").to_owned());
    if content_type == "text/html" { names.collect() } else { Vec::new() }
}
