//! Name, logo, color, links and first page of the product; and the language of the pages that no handler
//! answers.

use bailiwick::presentation::{Brand, Color, Logo, OwnPath, ProductName, SupportUrl, WebUrl};
use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

use super::browser::{Browser, Shown};
use crate::logins::PASSWORD;
use crate::setup::plant;

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

fn acme() -> Brand {
    Brand {
        name: ProductName::parse("Acme <& Co.>").unwrap(),
        logo: Some(Logo::new("acme.svg", SVG.into()).unwrap()),
        accent: Some(Color::parse("#ffee00").unwrap()),
        support_url: Some(SupportUrl::parse("mailto:help@acme.example").unwrap()),
        privacy_url: Some(WebUrl::parse("https://acme.example/privacy").unwrap()),
        terms_url: Some(WebUrl::parse("https://acme.example/terms").unwrap()),
        after_sign_in: OwnPath::parse("/account").unwrap(),
    }
}

async fn start(brand: Brand) -> TestApp {
    TestApp::start_with(&Engine::Sqlite, TestAppOptions { brand, ..TestAppOptions::default() }).await
}

/// Returns the value of the first attribute that begins so.
fn after<'t>(text: &'t str, start: &str) -> &'t str {
    text.split_once(start).unwrap_or_else(|| panic!("{start}: {text}")).1.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_show_the_brand() {
    let app = start(acme()).await;
    let browser = Browser::of(&app);
    for path in ["/sign-in", "/nothing"] {
        let shown = browser.open(path).await;
        let name = "Acme &#60;&#38; Co.&#62;";
        shown.says_not(">bailiwick<");
        let shown = browser.open(path).await.has(&format!(" · {name}</title>"));
        let logo = after(&shown.text, "<img class=\"logo\" src=\"").to_owned();
        let link =
            format!("<a class=\"brand\" href=\"/\"><img class=\"logo\" src=\"{logo}\" alt=\"{name}\"></a>");
        let shown =
            shown.has(&link).has(&format!("<link rel=\"icon\" href=\"{logo}\" type=\"image/svg+xml\">"));
        shown
            .has("<a href=\"mailto:help@acme.example\">Support</a>")
            .has("<a href=\"https://acme.example/privacy\">Privacy</a>")
            .has("<a href=\"https://acme.example/terms\">Terms</a>");
    }
    browser.speaking("de").open("/sign-in").await.has(">Datenschutz</a>");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logo_and_colors_are_files_of_the_service() {
    let app = start(acme()).await;
    let browser = Browser::of(&app);
    let page = browser.open("/sign-in").await;
    let sheets: Vec<_> = page.text.split("<link rel=\"stylesheet\" href=\"").skip(1).collect();
    let [_, own] = sheets[..] else { panic!("{}", page.text) };
    let css = browser.open(own.split('"').next().unwrap()).await;
    assert_eq!((css.status, css.header("content-type")), (200, "text/css; charset=utf-8"));
    css.says("--accent: #797100;").says("--button: ").says("prefers-color-scheme: dark");

    let logo = browser.open(after(&page.text, "<img class=\"logo\" src=\"")).await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/svg+xml"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    assert_eq!(logo.header("content-security-policy"), policy);
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    assert_eq!(logo.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(logo.text, SVG);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_brand_nothing_of_it_is_served() {
    let app = start(Brand::default()).await;
    let page = Browser::of(&app).open("/sign-in").await.page(200, "Sign in");
    page.says_not("class=\"logo\"").says_not("<footer>\n<ul>").says_not("brand-").has("alt=\"\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_leads_to_the_page_of_the_brand_unless_another_was_asked_for() {
    let app = start(acme()).await;
    let ada = app.sign_up("ada").await;
    for (return_to, path) in [("", "/account"), ("/console", "/console"), ("//evil.example", "/account")] {
        let fields = [("email", ada.email.as_str()), ("password", PASSWORD), ("return_to", return_to)];
        Browser::of(&app).submit("/sign-in", &fields).await.leads_to(path);
    }
    let options = TestAppOptions { brand: acme(), prefix: "/identity", ..TestAppOptions::default() };
    let app = TestApp::start_with(&Engine::Sqlite, options).await;
    let ada = app.sign_up("ada").await;
    let fields = [("email", ada.email.as_str()), ("password", PASSWORD)];
    Browser::of(&app).submit("/sign-in", &fields).await.leads_to("/identity/account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_leads_to_the_page_of_the_brand() {
    let app = start(acme()).await;
    let token = plant(&app, 1, 30).await;
    let root = [
        ("token", token.as_str()),
        ("email", "root@example.com"),
        ("password", PASSWORD),
        ("first_name", "R"),
    ];
    let browser = Browser::of(&app);
    browser.submit("/setup/administrator", &root).await.leads_to("/account");
    for path in ["/", "/sign-in"] {
        browser.open(path).await.leads_to("/account");
    }
    browser.open("/sign-in?return_to=/sign-in").await.leads_to("/console");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_leads_to_itself() {
    let brand = Brand { after_sign_in: OwnPath::parse("/?tour=1").unwrap(), ..Brand::default() };
    let app = start(brand).await;
    let ada = app.sign_up("ada").await;
    let browser = Browser::of(&app);
    let fields = [("email", ada.email.as_str()), ("password", PASSWORD)];
    browser.submit("/sign-in", &fields).await.leads_to("/?tour=1");
    browser.open("/?tour=1").await.leads_to("/console");
}

on_every_engine!(every_page_speaks_the_language_of_the_account);

async fn every_page_speaks_the_language_of_the_account(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.put("/auth/me", json!({ "language": "de" })).await.is(200);
    let browser = Browser::of(&app).speaking("en");
    browser.sign_in(&ada.email).await;
    for path in ["/console", "/account", "/confirm-password", "/forgot-password", "/verify-email"] {
        browser.open(path).await.has("<html lang=\"de\">").has(">Abmelden</button>");
    }
    // Also at a path without a page.
    browser.open("/nothing").await.page(404, "Seite nicht gefunden").has(">Abmelden</button>");
    // A form of another site, and a person who is not signed in, get the language of the browser.
    for (language, heading, hint) in [
        ("en", "Something went wrong", "<p>A page of another site sent this form."),
        ("de", "Etwas ist schiefgegangen", "<p lang=\"en\">A page of another site sent this form."),
    ] {
        let request = browser.clone().speaking(language).request(Method::POST, "/account/profile");
        let shown = Shown::of(request.header("sec-fetch-site", "cross-site")).await.page(403, heading);
        shown.has(hint).says_not("/sign-out");
    }
    Browser::of(&app).open("/nothing").await.page(404, "Page not found").has("<html lang=\"en\">");
}
