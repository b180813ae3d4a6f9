//! The example `shop`, as its own process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use bailiwick_testkit::app::Caller;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "../../examples/shop/main.rs"]
mod program;

/// Name of the variable that makes [`serves`] the program.
const RUN: &str = "BAILIWICK_RUN_SHOP";
const PASSWORD: &str = "correct horse battery";
const LISTENS: &str = "The shop listens on ";
/// How long a mail may take.
const LONGEST: Duration = Duration::from_mins(1);

/// Serves until a signal, in a process that another test starts; does nothing otherwise.
#[test]
fn serves() {
    if std::env::var_os(RUN).is_some() {
        program::main().unwrap();
    }
}

struct Shop {
    process: Child,
    url: String,
    folder: TempDir,
    /// Kept open, because the program fails when it prints into a closed pipe.
    _output: BufReader<ChildStdout>,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "shop::serves", "--nocapture"])
            .envs([(RUN, "yes"), ("BIND", "127.0.0.1:0")])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the program ended");
            if let Some((_, url)) = line.trim_end().split_once(LISTENS) {
                break url.to_owned();
            }
        };
        Self { process, url, folder, _output: output }
    }

    /// Returns a client that sends `body` to create an account, and is logged in as it.
    async fn join(&self, name: &str, path: &str, mut body: Value) -> Caller {
        let email = format!("{name}@example.com");
        let mut caller = Caller { email, ..Caller::at(&format!("{}/identity", self.url)) };
        for (field, value) in [("email", &*caller.email), ("password", PASSWORD), ("first_name", name)] {
            body[field] = json!(value);
        }
        body["last_name"] = json!("");
        let joined = caller.http.post(format!("{}{path}", caller.base)).json(&body).send().await.unwrap();
        assert!(joined.status().is_success(), "{}", joined.text().await.unwrap());
        let login = json!({ "email": caller.email, "password": PASSWORD });
        let login =
            caller.http.post(format!("{}/auth/login", caller.base)).json(&login).send().await.unwrap();
        let login: Value = login.json().await.unwrap();
        login["access_token"].as_str().unwrap().clone_into(&mut caller.token);
        let me = caller.http.get(format!("{}/auth/me", caller.base)).bearer_auth(&caller.token);
        let me: Value = me.send().await.unwrap().json().await.unwrap();
        me["organizations"][0]["id"].as_str().unwrap().clone_into(&mut caller.org);
        caller
    }

    /// Returns the account of the first owner.
    async fn found(&self, name: &str) -> Caller {
        self.join(name, "/auth/signup", json!({})).await
    }

    /// Returns an account that joins the organization of `owner` with this role.
    async fn invite(&self, owner: &Caller, name: &str, role: &str) -> Caller {
        owner.invite(&format!("{name}@example.com"), role).await.is(200);
        let token = self.invitation();
        self.join(name, "/auth/signup-invite", json!({ "token": token })).await
    }

    /// Waits for the mail of an invitation, and returns the token of its link.
    fn invitation(&self) -> String {
        let until = Instant::now() + LONGEST;
        loop {
            for file in fs::read_dir(self.folder.path().join("outbox")).into_iter().flatten().flatten() {
                // Quoted-printable breaks lines and escapes `=`. A file may be gone or half written.
                let mail = fs::read_to_string(file.path()).unwrap_or_default();
                let mail = mail.replace("=\r\n", "").replace("=3D", "=");
                let link = mail.split_once("/accept-invitation#token=");
                if let Some((token, _)) = link.and_then(|(_, rest)| rest.split_once(['\r', '"', ' '])) {
                    return token.to_owned();
                }
            }
            assert!(Instant::now() < until, "no invitation");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    async fn send(&self, caller: &Caller, method: Method, path: &str, body: Value) -> (u16, Value) {
        let path = format!("{}/organizations/{}/invoices{path}", self.url, caller.org);
        let mut request = caller.http.request(method.clone(), path);
        if !caller.token.is_empty() {
            request = request.bearer_auth(&caller.token);
        }
        if method == Method::POST {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn write(&self, caller: &Caller, body: Value) -> (u16, Value) {
        self.send(caller, Method::POST, "", body).await
    }

    async fn refund(&self, caller: &Caller, number: &str) -> (u16, Value) {
        self.send(caller, Method::POST, &format!("/{number}/refund"), json!({})).await
    }

    fn close(mut self) {
        let signal = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(signal.success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn code((status, problem): (u16, Value)) -> (u16, String) {
    assert!(problem["request_id"].is_string() && problem["hint"].is_string(), "{problem}");
    (status, problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_invoice_is_refunded_once_and_its_readers_are_told() {
    let shop = Shop::open();
    let ada = shop.found("ada").await;
    let mut socket = ada.socket(&ada.org).await;

    let invoice = json!({ "customer": " Babbage ", "cents": 1_250 });
    let (status, written) = shop.write(&ada, invoice).await;
    let written_invoice = json!({ "number": 1, "customer": "Babbage", "cents": 1250, "refunded_at": null });
    assert_eq!((status, &written), (201, &written_invoice));
    let event = socket.expect_event("invoices:read").await;
    assert_eq!(event["change"], "written");

    let (status, refunded) = shop.refund(&ada, "1").await;
    assert!(status == 200 && refunded["refunded_at"].is_string(), "{refunded}");
    let event = socket.expect_event("invoices:read").await;
    assert_eq!(event, json!({ "change": "refunded", "invoice": refunded }));
    assert_eq!(code(shop.refund(&ada, "1").await), (409, "invoice_refunded".to_owned()));
    assert_eq!(shop.send(&ada, Method::GET, "", json!({})).await, (200, json!([refunded])));
    socket.is_quiet().await;

    let audit = ada.get(&format!("/audit?org_id={}&action=invoice.*", ada.org)).await;
    let audit: Value = serde_json::from_str(&audit.text).unwrap();
    let after: Vec<_> = audit["items"].as_array().unwrap().iter().map(|row| &row["after"]).collect();
    assert_eq!(after, [&json!({ "number": 1 }), &json!({ "number": 1 })]);
    socket.leave().await;
    shop.close();
}

#[tokio::test]
async fn refusals_of_the_shop_are_problems() {
    let shop = Shop::open();
    let ada = shop.found("ada").await;
    shop.write(&ada, json!({ "customer": "Babbage", "cents": 1 })).await;

    let (status, problem) = shop.refund(&ada, "2").await;
    assert_eq!((status, &problem["detail"]), (404, &json!("Invoice not found")));
    assert_eq!(code(shop.refund(&ada, "x").await), (404, "invoice_not_found".to_owned()));
    let (status, problem) = shop.write(&ada, json!({ "customer": " ", "cents": 0 })).await;
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!((status, pointers), (422, vec![&json!("/customer"), &json!("/cents")]));

    // A member may write and not refund. A guest may only read.
    let bob = shop.invite(&ada, "bob", "member").await;
    assert_eq!(bob.org, ada.org);
    assert_eq!(shop.write(&bob, json!({ "customer": "Babbage", "cents": 2 })).await.0, 201);
    assert_eq!(code(shop.refund(&bob, "1").await), (403, "permission_required".to_owned()));

    // Eve owns another organization, where the invoice is unknown, and is nobody here.
    let eve = shop.found("eve").await;
    assert_eq!(code(shop.refund(&eve, "1").await), (404, "invoice_not_found".to_owned()));
    for _ in 1..20 {
        assert_eq!(shop.refund(&eve, "1").await.0, 404);
    }
    assert_eq!(code(shop.refund(&eve, "1").await), (429, "rate_limited".to_owned()));
    let in_adas = Caller { org: ada.org.clone(), ..eve };
    assert_eq!(code(shop.refund(&in_adas, "1").await), (403, "not_a_member".to_owned()));
    let nobody = Caller { token: String::new(), ..in_adas };
    assert_eq!(code(shop.refund(&nobody, "1").await), (401, "missing_credentials".to_owned()));
    shop.close();
}
