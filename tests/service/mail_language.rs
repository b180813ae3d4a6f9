//! Mails as they are delivered: in the language of their reader, with the brand, by templates of the
//! operator.

use std::path::Path;
use std::time::{Duration, Instant};

use bailiwick::presentation::{Brand, Color, ProductName, SupportUrl};
use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::logins::PASSWORD;

/// Time after which a mail that is waited for is missing.
const DELIVERED: Duration = Duration::from_secs(20);

/// A service that writes its mails into a directory.
struct Office {
    app: TestApp,
    outbox: TempDir,
}

impl Office {
    async fn open(engine: &Engine) -> Self {
        Self::open_with(engine, TestAppOptions::default()).await
    }

    async fn open_with(engine: &Engine, options: TestAppOptions) -> Self {
        let outbox = tempfile::tempdir().unwrap();
        let mail_files = Some(outbox.path().to_owned());
        let app = TestApp::start_with(engine, TestAppOptions { mail_files, ..options }).await;
        Self { app, outbox }
    }

    /// Takes the one mail to this address, once it was delivered.
    async fn mail_to(&self, address: &str) -> String {
        let since = Instant::now();
        loop {
            let files = std::fs::read_dir(self.outbox.path()).into_iter().flatten();
            for path in files.map(|file| file.unwrap().path()).filter(|path| is_mail(path)) {
                let mail = std::fs::read_to_string(&path).unwrap();
                if mail.contains(&format!("To: {address}\r\n")) {
                    std::fs::remove_file(path).unwrap();
                    return mail;
                }
            }
            assert!(since.elapsed() < DELIVERED, "no mail arrived for {address}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Signs up with a browser of this language, and takes the mail.
    async fn sign_up(&self, name: &str, language: &str) -> (Caller, String) {
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "first_name": name, "last_name": "Tester" });
        let reply = post(&self.app.anyone(), "/auth/signup", language, body).await;
        let org = reply["organization"]["id"].as_str().unwrap().to_owned();
        let mail = self.mail_to(&email).await;
        (Caller { org, ..self.app.log_in(&email).await }, mail)
    }
}

fn is_mail(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "eml")
}

async fn post(caller: &Caller, path: &str, language: &str, body: Value) -> Value {
    let request = caller.request(Method::POST, path).header("accept-language", language).json(&body);
    let reply = caller.send(request).await;
    assert!((200..300).contains(&reply.status), "{}", reply.text);
    serde_json::from_str(&reply.text).unwrap_or_default()
}

/// Returns the HTML of a mail.
fn html(mail: &str) -> String {
    let (_, encoded) = mail.split_once("Content-Transfer-Encoding: base64\r\n\r\n").unwrap();
    let encoded: String = encoded.split("\r\n--").next().unwrap().split_whitespace().collect();
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}

on_every_engine!(mail_speaks_the_language_of_the_account_else_of_the_browser);

async fn mail_speaks_the_language_of_the_account_else_of_the_browser(engine: Engine) {
    let office = Office::open(&engine).await;
    let (ada, mail) = office.sign_up("ada", "fr, de-AT;q=0.8, en;q=0.5").await;
    assert!(mail.contains("Guten Tag, ada,") && html(&mail).contains("<html lang=\"de\">"), "{mail}");

    let forgot = json!({ "email": ada.email });
    post(&office.app.anyone(), "/auth/forgot-password", "en", forgot.clone()).await;
    let mail = office.mail_to(&ada.email).await;
    assert!(mail.contains("Hello ada,"), "{mail}");

    ada.put("/auth/me", json!({ "language": "de" })).await.is(200);
    post(&office.app.anyone(), "/auth/forgot-password", "en", forgot).await;
    let mail = office.mail_to(&ada.email).await;
    assert!(mail.contains("jemand hat ein neues Passwort"), "{mail}");

    let moved = json!({ "new_email": "ada@new.example", "password": PASSWORD });
    post(&ada, "/auth/change-email", "en", moved).await;
    let notice = office.mail_to(&ada.email).await;
    assert!(notice.contains("jemand mit Ihrem Passwort"), "{notice}");
    let link = office.mail_to("ada@new.example").await;
    assert!(link.contains("Ihr Konto soll zu dieser E-Mail-Adresse wechseln."), "{link}");
    let token = link.split("#token=").nth(1).unwrap().split("\r\n").next().unwrap();
    post(&office.app.anyone(), "/auth/confirm-email", "en", json!({ "token": token })).await;
    let notice = office.mail_to(&ada.email).await;
    assert!(notice.contains("Ihr Konto gehört jetzt zu ada@new.example."), "{notice}");
}

on_every_engine!(an_invitation_speaks_the_language_of_its_reader_else_of_the_inviter);

async fn an_invitation_speaks_the_language_of_its_reader_else_of_the_inviter(engine: Engine) {
    let office = Office::open(&engine).await;
    let (ada, _) = office.sign_up("ada", "en").await;
    let (eve, _) = office.sign_up("eve", "en").await;
    let (bob, _) = office.sign_up("bob", "en").await;
    eve.put("/auth/me", json!({ "language": "en-GB" })).await.is(200);
    let guest = ada.get(&format!("/roles/list_roles?org_id={}", ada.org)).await.is(200).text_of("/3/id");
    let invite = async |address: &str, language: &str| {
        let body = json!({ "email": address, "org_id": ada.org, "role_id": guest });
        post(&ada, "/auth/invite", language, body).await;
        office.mail_to(address).await
    };
    let german = "ada Tester lädt Sie ein, ";
    let english = "ada Tester invites you to join ";

    assert!(invite("new@example.com", "de").await.contains(german), "the browser of the inviter");
    assert!(invite("new@example.com", "fr").await.contains(english), "no catalogue is French");
    ada.put("/auth/me", json!({ "language": "de" })).await.is(200);
    assert!(invite("new@example.com", "en").await.contains(german), "the account of the inviter");
    assert!(invite(&bob.email, "en").await.contains(german), "an account without a language");
    assert!(invite(&eve.email, "de").await.contains(english), "the account that is invited");
}

on_every_engine!(mail_has_the_brand_and_the_templates_of_the_operator);

async fn mail_has_the_brand_and_the_templates_of_the_operator(engine: Engine) {
    let templates = tempfile::tempdir().unwrap();
    let own = "Willkommen bei {{ product }}, {{ first_name }}.\n\n{{ link }}\n{%- include 'footer.txt' %}";
    std::fs::write(templates.path().join("verify_email.de.txt"), own).unwrap();
    let brand = Brand {
        name: ProductName::parse("Acme & Co.").unwrap(),
        accent: Some(Color::parse("#0a7d32").unwrap()),
        support_url: Some(SupportUrl::parse("https://help.acme.example/").unwrap()),
        ..Brand::default()
    };
    let mail_templates = Some(templates.path().to_owned());
    let options = TestAppOptions { brand, mail_templates, ..TestAppOptions::default() };
    let office = Office::open_with(&engine, options).await;
    let (_, mail) = office.sign_up("ada", "de").await;
    assert!(mail.contains("From: =?utf-8?b?QWNtZSAmIENvLg==?= <no-reply@localhost>\r\n"), "{mail}");
    assert!(mail.contains("Willkommen bei Acme & Co., ada.\r\n\r\nhttp://127.0.0.1:"), "{mail}");
    assert!(mail.contains("\r\n--\r\nHilfe: https://help.acme.example/\r\n"), "{mail}");
    let shown = html(&mail);
    assert!(shown.contains("Acme &amp; Co.") && shown.contains("background: #0a7d32"), "{shown}");
    let (_, english) = office.sign_up("eve", "en").await;
    assert!(english.contains("Hello eve,"), "the file is for German alone: {english}");
}
