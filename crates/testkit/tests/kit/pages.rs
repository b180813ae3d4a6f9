//! The cookie of the pages.

use crate::samples::notes_app;

#[tokio::test]
async fn a_cookie_opens_the_pages_as_its_person() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let alice = app.user("alice").in_org(&acme).role("admin").await;
    let (name, value) = alice.cookie().await;
    assert_eq!(name, "bailiwick");
    let page = |cookie: String| {
        let request = app.anyone().request(reqwest::Method::GET, "/console");
        async { request.header("accept", "text/html").header("cookie", cookie).send().await.unwrap() }
    };
    let page_text = page(format!("{name}={value}")).await.text().await.unwrap();
    assert!(page_text.contains("alice Tester") && page_text.contains("Acme"), "{page_text}");
    let page_text = page(format!("{name}=x")).await.text().await.unwrap();
    assert!(page_text.contains("Sign in") && !page_text.contains("alice"), "{page_text}");
}
