//! The service in the application of somebody else, in a scope of it.

use std::sync::Arc;

use actix_web::http::header::{ACCEPT, LOCATION};
use actix_web::{App, test, web};
use bailiwick::Bailiwick;
use bailiwick::console::Console;
use bailiwick::http::{Draining, HttpSettings, Hub, Pages, mount_with_pages};
use bailiwick::infra::JwtKeys;

const PUBLIC_URL: &str = "http://127.0.0.1/identity";

#[actix_web::test]
async fn pages_are_mounted_in_a_scope_of_an_application() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display();
    let bailiwick = Bailiwick::builder()
        .database_url(format!("sqlite:{data}/app.db"))
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows").unwrap())
        .mail_to_files(format!("{data}/outbox"))
        .public_url(PUBLIC_URL)
        .build()
        .await
        .unwrap();
    bailiwick.migrate().await.unwrap();
    let app = bailiwick.app().clone();
    let settings = HttpSettings { public_url: PUBLIC_URL.to_owned(), ..HttpSettings::default() };
    let hub = Hub::new(app.clone(), &settings, &Draining::default());
    let pages: Arc<dyn Pages> = Arc::new(Console::default());
    let scope = web::scope("/identity")
        .configure(|cfg| mount_with_pages(cfg, &app, &settings, &hub, Some(&pages), |_| ()));
    let service = test::init_service(App::new().service(scope)).await;
    for (path, accept, status, location, text) in [
        ("", "text/html", 303, "/identity/", ""),
        ("", "application/json", 404, "", "\"code\":\"not_found\""),
        ("/", "text/html", 303, "/identity/sign-in", ""),
        ("/console", "text/html", 303, "/identity/sign-in?return_to=/identity/console", ""),
        ("/sign-in", "text/html", 200, "", "action=\"/identity/sign-in\""),
        ("/setup", "text/html", 200, "", "action=\"/identity/setup/administrator\""),
        ("/nowhere", "text/html", 404, "", "<h1"),
        ("/nowhere", "application/json", 404, "", "\"code\":\"not_found\""),
        ("/api/nowhere", "text/html", 404, "", "\"code\":\"not_found\""),
    ] {
        let request = test::TestRequest::get().uri(&format!("/identity{path}"));
        let request = request.insert_header((ACCEPT, accept)).insert_header(("host", "127.0.0.1"));
        let answer = test::call_service(&service, request.to_request()).await;
        assert_eq!(answer.status(), status, "{path}");
        let found = answer.headers().get(LOCATION).map_or("", |value| value.to_str().unwrap());
        assert_eq!(found, location, "{path}");
        let body = String::from_utf8(test::read_body(answer).await.to_vec()).unwrap();
        assert!(body.contains(text), "{path} {accept}: {body}");
    }
}
