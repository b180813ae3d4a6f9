//! The program of the README, as its own process, and its parts in applications of other shapes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

mod example {
    include!("../examples/embed/program.rs");

    pub fn run() {
        main().unwrap();
    }
}

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, get};
use bailiwick::prelude::*;
use bailiwick::store::OpenError;
use bailiwick::{BuildError, ServeError, StartError};
use reqwest::blocking::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Name of the variable that makes [`program`] the program of the README.
const RUN: &str = "BAILIWICK_RUN_EXAMPLE";
/// How long the program may take to serve and to send its mail.
const LONGEST: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(20);

/// Serves until a signal, in a process that another test starts; does nothing otherwise.
#[test]
fn program() {
    if std::env::var_os(RUN).is_some() {
        example::run();
    }
}

struct Shop {
    process: Child,
    url: String,
    folder: TempDir,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "program", "--nocapture"])
            .envs([(RUN, "yes"), ("BIND", &address.to_string())])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut shop = Self { process, url: format!("http://{address}"), folder };
        let (client, url) = (Client::new(), format!("{}/identity/healthz", shop.url));
        let until = Instant::now() + LONGEST;
        while client.get(&url).send().is_err() {
            assert!(shop.process.try_wait().unwrap().is_none(), "the program ended");
            assert!(Instant::now() < until, "the program does not serve");
            sleep(PAUSE);
        }
        shop
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let response = Client::new().post(format!("{}{path}", self.url)).json(body).send().unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.text().unwrap());
        response.json().unwrap()
    }

    fn get(&self, path: &str, token: &str) -> (u16, String) {
        let response = Client::new().get(format!("{}{path}", self.url)).bearer_auth(token).send().unwrap();
        (response.status().as_u16(), response.text().unwrap())
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

#[test]
fn the_program_of_the_readme_serves_its_routes_and_ours() {
    let shop = Shop::open();
    let ada = json!({"email": "ada@example.com", "password": "correct horse battery", "first_name": "Ada",
                     "last_name": "Lovelace"});
    let org = shop.post("/identity/auth/signup", &ada)["organization"]["id"].as_str().unwrap().to_owned();
    let login = json!({"email": "ada@example.com", "password": "correct horse battery"});
    let token = shop.post("/identity/auth/login", &login)["access_token"].as_str().unwrap().to_owned();

    let invoices = format!("/organizations/{org}/invoices");
    assert_eq!(shop.get(&invoices, &token), (200, format!("\"Invoices of {org}\"")));
    let (status, problem) = shop.get(&invoices, "nonsense");
    let problem: Value = serde_json::from_str(&problem).unwrap();
    assert_eq!((status, &problem["type"]), (401, &json!("/identity/problems/invalid_token")), "{problem}");
    assert!(problem["request_id"].is_string(), "{problem}");
    let (status, unknown) = shop.get("/nowhere", &token);
    assert!(status == 404 && unknown.contains("\"code\":\"not_found\""), "{unknown}");
    let page = Client::new().get(format!("{}/identity/", shop.url)).header("accept", "text/html");
    assert!(page.send().unwrap().url().path().starts_with("/identity/sign-in"));
    assert!(mail(shop.folder.path()).contains(&format!("{}/identity/verify-email#token=", shop.url)));
    shop.close();
}

/// Waits for the mail in the outbox.
fn mail(folder: &Path) -> String {
    let until = Instant::now() + LONGEST;
    loop {
        let files = fs::read_dir(folder.join("outbox")).into_iter().flatten().flatten();
        let mut mails = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "eml"));
        if let Some(mail) = mails.next() {
            // Quoted-printable breaks lines and escapes `=`.
            return fs::read_to_string(mail.path()).unwrap().replace("=\r\n", "").replace("=3D", "=");
        }
        assert!(Instant::now() < until, "no mail");
        sleep(PAUSE);
    }
}

#[test]
fn the_readme_shows_this_program() {
    let program = include_str!("../examples/embed/program.rs");
    let shown: Vec<_> =
        program.lines().skip_while(|line| line.starts_with("//") || line.is_empty()).collect();
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(&shown.join("\n")),
        "the README shows another program than examples/embed/program.rs"
    );
}

async fn start(folder: &TempDir, secret: u8) -> Running {
    let file = |name| folder.path().join(name).display().to_string();
    Bailiwick::builder()
        .database_url(format!("sqlite:{}", file("bailiwick.db")))
        .jwt(JwtKeys::hs256(&[secret; 32]).unwrap())
        .mail_to_files(file("outbox"))
        .public_url("https://shop.example/identity")
        .start()
        .await
        .unwrap()
}

permissions! {
    /// May see reports.
    ReportsRead = "reports:read";
}

async fn reports(_: Allow<ReportsRead>) -> &'static str {
    "reports"
}

async fn undecided() -> &'static str {
    "a secret"
}

fn own(cfg: &mut ServiceConfig) {
    resource(cfg, "/organizations/{org_id}/reports", [get().to(reports)]);
    resource(cfg, "/undecided", [get().to(undecided)]);
}

async fn problem(response: ServiceResponse) -> (StatusCode, Value) {
    let status = response.status();
    (status, serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap_or_default())
}

macro_rules! ask {
    ($service:expr, $path:expr, $token:expr) => {{
        let request =
            TestRequest::get().uri($path).insert_header(("authorization", format!("Bearer {}", $token)));
        problem(call_service(&$service, request.to_request()).await.map_into_boxed_body()).await
    }};
}

/// Signs up, and returns the access token.
macro_rules! sign_up {
    ($service:expr, $prefix:expr) => {{
        let ada = json!({"email": "ada@example.com", "password": "correct horse battery", "first_name": "Ada",
                         "last_name": "Lovelace"});
        let mut token = String::new();
        for path in ["signup", "login"] {
            let request = TestRequest::post().uri(&format!("{}/auth/{path}", $prefix)).set_json(&ada);
            let (status, body) = problem(call_service(&$service, request.to_request()).await.map_into_boxed_body()).await;
            assert!(status.is_success(), "{body}");
            token = body["access_token"].as_str().unwrap_or_default().to_owned();
        }
        token
    }};
}

#[actix_web::test]
async fn routes_are_found_in_whichever_order_they_are_mounted() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = start(&folder, 7).await;
    let guarded_first = App::new().configure(bailiwick.guarded(own)).configure(bailiwick.routes("identity/"));
    let service = init_service(guarded_first).await;
    let routes_first =
        init_service(App::new().configure(bailiwick.routes("/id")).configure(bailiwick.guarded(own))).await;
    assert_eq!(ask!(service, "/identity/healthz", "").0, 200);
    assert_eq!(ask!(service, "/identityhealthz", "").0, 404);
    assert_eq!(ask!(service, "/undecided", "").0, 500);
    assert_eq!(ask!(routes_first, "/id/healthz", "").0, 200);
    assert_eq!(ask!(routes_first, "/undecided", "").0, 500);
    bailiwick.stop().await;
    bailiwick.stop().await;
    assert_eq!(ask!(service, "/identity/readyz", "").0, 503);
}

#[actix_web::test]
async fn a_route_outside_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = start(&folder, 7).await;
    let outside = App::new().configure(own).configure(bailiwick.routes("/identity"));
    let service = init_service(outside).await;
    let path = "/organizations/0198c5a0-7d3e-7000-8000-000000000001/reports";
    let (status, problem) = ask!(service, path, "");
    assert_eq!(status, 500);
    assert!(problem["hint"].as_str().unwrap().contains("bailiwick.guarded(..)"), "{problem}");
}

#[actix_web::test]
async fn two_instances_in_one_application_do_not_meet() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, other) = (start(&folders[0], 1).await, start(&folders[1], 2).await);
    let application = App::new()
        .configure(one.routes("/one"))
        .configure(other.routes("/other"))
        .service(web::scope("/shop-one").configure(one.guarded(own)))
        .service(web::scope("/shop-other").configure(other.guarded(own)));
    let service = init_service(application).await;
    let token = sign_up!(service, "/one");
    assert_eq!(ask!(service, "/one/auth/me", token).0, 200);
    assert_eq!(ask!(service, "/other/auth/me", token).0, 401);
    let (_, me) = ask!(service, "/one/auth/me", token);
    let org = me["organizations"][0]["id"].as_str().unwrap();
    assert_eq!(ask!(service, &format!("/shop-one/organizations/{org}/reports"), token).0, 200);
    assert_eq!(ask!(service, &format!("/shop-other/organizations/{org}/reports"), token).0, 401);
}

#[actix_web::test]
async fn a_forgotten_migration_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = Bailiwick::builder()
        .database_url(format!("sqlite:{}", folder.path().join("bailiwick.db").display()))
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mail_to_files(folder.path())
        .public_url("https://shop.example")
        .build()
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let served = bailiwick.serve(listener, HttpSettings::default(), std::future::pending()).await;
    let Err(error @ ServeError::NotMigrated(_)) = served else { panic!("{served:?}") };
    assert!(error.to_string().contains("migrate()"), "{error}");
}

#[actix_web::test]
async fn a_file_that_is_built_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder, 7).await;
    let second = Bailiwick::builder()
        .database_url(format!("sqlite:{}", folder.path().join("bailiwick.db").display()))
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mail_to_files(folder.path())
        .public_url("https://shop.example")
        .start()
        .await;
    let Err(StartError::Build(BuildError::Database(error @ OpenError::OpenTwice))) = second else {
        panic!("{second:?}")
    };
    assert!(error.to_string().contains("this process"), "{error}");
    first.stop().await;
}

#[actix_web::test]
async fn routes_of_ones_own_are_served_beside_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let bailiwick = Bailiwick::builder()
        .database_url(format!("sqlite:{}", folder.path().join("bailiwick.db").display()))
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mail_to_files(folder.path().join("outbox"))
        .public_url("http://127.0.0.1")
        .build()
        .await
        .unwrap();
    bailiwick.migrate().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let settings = HttpSettings { drain_delay: Duration::ZERO, ..HttpSettings::default() };
    let serving = bailiwick.serve_with(listener, settings, async move { _ = stopped.await }, own);
    let asking = async move {
        let client = reqwest::Client::new();
        let mut statuses = Vec::new();
        for path in ["/healthz", "/organizations/0198c5a0-7d3e-7000-8000-000000000001/reports", "/undecided"]
        {
            let response = client.get(format!("http://{address}{path}")).send().await.unwrap();
            assert!(response.headers().contains_key("x-request-id"), "{path}");
            statuses.push(response.status().as_u16());
        }
        drop(client);
        stop.send(()).unwrap();
        statuses
    };
    let (served, statuses) = tokio::join!(serving, asking);
    served.unwrap();
    assert_eq!(statuses, [200, 401, 500]);
}
