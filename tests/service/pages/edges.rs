//! What holds for all pages: who may send their forms, where there is no page, files, languages.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

use super::browser::{Browser, Shown, with_form};
use crate::setup::plant;

pub const FORMS: [&str; 18] = [
    "/sign-in",
    "/sign-out",
    "/confirm-password",
    "/console",
    "/account/profile",
    "/account/password",
    "/account/email",
    "/account/sessions",
    "/account/organizations",
    "/account/deactivation",
    "/setup/administrator",
    "/sign-up",
    "/verify-email",
    "/resend-verification",
    "/forgot-password",
    "/reset-password",
    "/confirm-email",
    "/accept-invitation",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_other_sites_are_refused_before_anything_else() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let own = app.base.as_str();
    for path in FORMS {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", own)],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
        ] {
            // Neither the media type nor the size is looked at.
            for body in ["email=ada@example.com".to_owned(), "x".repeat(100_000)] {
                let mut request = browser.request(Method::POST, path).body(body);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let shown = Shown::of(request).await.page(403, "Something went wrong");
                shown.says("Origin not allowed").says("A page of another site sent this form.");
            }
        }
        for headers in [&[("origin", own)][..], &[("sec-fetch-site", "same-origin"), ("origin", "null")], &[]]
        {
            let mut request = with_form(browser.request(Method::POST, path), &[("token", "x")]);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            assert_ne!(Shown::of(request).await.status, 403, "{path} {headers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_forms_are_read() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    for path in FORMS {
        let json = browser.request(Method::POST, path).json(&json!({ "token": "x" }));
        Shown::of(json).await.page(415, "Something went wrong");
        let long = [("email", "x".repeat(70_000))];
        let long = with_form(browser.request(Method::POST, path), &[("email", &long[0].1)]);
        Shown::of(long).await.page(413, "Something went wrong");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_gets_pages_and_a_program_gets_problems() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let (browser, program) = (Browser::of(&app), app.anyone());
    browser.open("/").await.leads_to("/sign-in");
    for path in ["/nowhere", "/console/x/y", "/apis", "/sign-in/"] {
        let request = browser.request(Method::GET, path).header("x-request-id", "mine-7");
        let shown = Shown::of(request).await.page(404, "Page not found");
        // A text of the service has no title and is not cut; a name has one.
        let shown = shown.has("<p><bdi>Check the path; /docs lists all of them.").says("mine-7");
        assert!(shown.text.contains("href=\"/\">Go to the start page</a>"), "{}", shown.text);
    }
    // The API keeps its answers, also in a browser.
    for path in ["/api/nowhere", "/api", "/auth/me", "/problems/nothing", "/docs/nothing"] {
        let shown = browser.open(path).await;
        assert_eq!(shown.header("content-type"), "application/problem+json", "{path}");
    }
    for accept in ["application/json", "*/*", "application/json, text/html", "application/problem+json"] {
        for (method, path) in [
            (Method::GET, "/"),
            (Method::POST, "/"),
            (Method::OPTIONS, "/"),
            (Method::GET, "/nowhere"),
            (Method::DELETE, "/nowhere"),
        ] {
            let reply = program.send(program.request(method, path).header("accept", accept)).await;
            let reply = reply.refuses(404, "Not Found");
            assert_eq!(reply.header("vary"), "", "as without pages");
            assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
        }
    }
    // There are no pages under /api.
    for path in FORMS {
        let reply = program.get(&format!("/api{path}")).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_kept_by_browsers() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let browser = Browser::of(&app);
    let page = browser.open("/sign-in").await.page(200, "Sign in");
    let paths = page.text.split('"').filter(|text| text.starts_with("/assets/"));
    let mut kinds: Vec<String> = Vec::new();
    for path in paths {
        let file = browser.open(path).await;
        assert_eq!((file.status, file.header("cache-control")), (200, "public, max-age=31536000, immutable"));
        kinds.push(file.header("content-type").to_owned());
    }
    for kind in ["text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"] {
        assert!(kinds.iter().any(|found| found == kind), "{kinds:?}");
    }
    assert_eq!(browser.open("/assets/console-0.css").await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_speak_the_language_of_the_browser() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let german = Browser::of(&app).speaking("de-AT,de;q=0.9,en;q=0.5");
    let page = german.open("/sign-in").await.page(200, "Anmelden");
    assert!(page.text.contains("<html lang=\"de\">"));
    german.open("/nowhere").await.page(404, "Seite nicht gefunden");
    let refused = german.submit("/forgot-password", &[("email", "x")]).await;
    refused.page(422, "Passwort vergessen").errs_at("email", "Diese Eingabe ist ungültig.");
    Browser::of(&app).speaking("fr").open("/sign-in").await.page(200, "Sign in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_prefix_every_path_has_it() {
    let options = TestAppOptions { prefix: "/identity", ..TestAppOptions::default() };
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let browser = Browser::of(&app);
    browser.open("/").await.leads_to("/identity/sign-in");
    for path in ["/sign-in", "/sign-up", "/verify-email", "/accept-invitation", "/nowhere"] {
        let page = browser.open(path).await;
        for attribute in ["href=\"", "src=\"", "action=\"", "data-opens=\""] {
            for rest in page.text.split(attribute).skip(1) {
                let path = rest.split('"').next().unwrap();
                assert!(path == "#main" || path.starts_with("/identity/"), "{path}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prefix_that_a_proxy_strips_is_not_looked_for_in_paths() {
    for (prefix, path, location) in [
        ("/console", "/console/acme", "/console/sign-in?return_to=/console/console/acme"),
        ("/account", "/account", "/account/sign-in?return_to=/account/account"),
    ] {
        let options = TestAppOptions { prefix, ..TestAppOptions::default() };
        let app = TestApp::start_with(&Engine::Sqlite, options).await;
        Browser::of(&app).open(path).await.leads_to(location);
    }
    let options = TestAppOptions { prefix: "/api", ..TestAppOptions::default() };
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let browser = Browser::of(&app);
    assert_eq!(browser.open("/api/nowhere").await.header("content-type"), "application/problem+json");
    browser.open("/nowhere").await.page(404, "Page not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_another_site_learns_no_name() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let browser = Browser::of(&app);
    browser.sign_in(&ada.email).await;
    for (site, is_greeted) in [("same-origin", true), ("same-site", false), ("cross-site", false)] {
        let request = browser.request(Method::POST, "/nowhere").header("sec-fetch-site", site);
        let shown = Shown::of(request).await.page(404, "Page not found");
        assert_eq!(shown.text.contains(">Sign out</button>"), is_greeted, "{site}");
    }
}

on_every_engine!(the_first_administrator_is_created_at_a_page);

async fn the_first_administrator_is_created_at_a_page(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (browser, program) = (Browser::of(&app), app.anyone());
    let token = plant(&app, 1, 30).await;
    browser.open("/setup").await.page(200, "Set up").says("Create administrator");
    browser.open("/setup/administrator").await.leads_to("/setup");
    let refused = program.delete("/setup").await.refuses(405, "Method Not Allowed");
    assert_eq!(refused.header("allow"), "POST, GET, HEAD, OPTIONS");
    program.post("/setup", json!({})).await.is(422);

    let path = "/setup/administrator";
    let empty = browser.submit(path, &[("token", &token), ("email", "root@")]).await.page(422, "Set up");
    let empty =
        empty.errs_at("email", "This is not an e-mail address.").errs_at("password", "A value is required.");
    assert_eq!((empty.hidden("token"), empty.text.contains("value=\"root@\"")), (token.clone(), true));
    let fields = |token| {
        [
            ("token", token),
            ("email", "root@example.com"),
            ("password", "a long password"),
            ("first_name", "R"),
        ]
    };
    let wrong = browser.submit(path, &fields("set_x")).await.page(400, "Set up");
    wrong
        .says("Invalid or expired setup token")
        .says("Use the link that the service printed when it was last started");
    browser.submit(path, &fields(&token)).await.leads_to("/console");
    browser
        .open("/console")
        .await
        .page(200, "Organizations")
        .says("You are not a member of an organization yet.");
    assert_eq!(program.try_log_in("root@example.com", "a long password").await.status, 200);
    // From now on there is nothing to set up.
    browser
        .open("/setup")
        .await
        .page(404, "Page not found")
        .says("The platform has an administrator already");
    browser.submit(path, &fields(&token)).await.page(404, "Set up");
}
