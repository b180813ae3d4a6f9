//! A page of another origin that sends every form.

use bailiwick_testkit::app::{Engine, TestApp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::edges::FORMS;
use super::driver::Driver;

/// Serves the page at an address of its own; returns its URL.
async fn serve(page: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // Ends with the runtime of the test.
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let length = page.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n");
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{page}").as_bytes()).await;
        }
    });
    url
}

/// The port is another one and the host the same, so the browser sends the cookie along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin_sends_every_form_in_vain() {
    let Some(browser) = Driver::or_left_out("a foreign page in a browser").await else { return };
    let app = TestApp::start(&Engine::Sqlite).await;
    let ada = app.sign_up("ada").await;
    let before = ada.get("/auth/me").await.is(200).json();
    let form = |path: &str| {
        let fields =
            [("first_name", "Eve"), ("name", "Eve"), ("confirmed", "yes"), ("organization", &ada.org)];
        let fields = fields.map(|(name, value)| format!("<input name={name} value=\"{value}\">")).concat();
        format!("<form method=post action=\"{}{path}\">{fields}</form>", app.base)
    };
    let foreign = serve(FORMS.map(form).concat()).await;
    browser.open(&format!("{}/sign-in", app.base)).await;
    browser.sign_in(&ada.email).await;
    browser.shows("Organizations").await;
    for place in 0..FORMS.len() {
        browser.open(&foreign).await;
        browser.run(&format!("document.forms[{place}].submit()")).await;
        browser.shows("Something went wrong").await;
        browser.says("Origin not allowed").await;
    }
    browser.shoot("something-went-wrong").await;
    browser.open(&format!("{}/console", app.base)).await;
    browser.shows("Organizations").await;
    assert_eq!(ada.get("/auth/me").await.is(200).json(), before);
    browser.complains_not().await;
}
