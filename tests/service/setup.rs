//! The first platform administrator, by the secret that a start shows.

use std::fmt::Write;

use bailiwick_testkit::app::{Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use time::Duration;
use tokio::task::JoinSet;

use crate::logins::{PASSWORD, root, rows, try_password};

const BAD_SETUP: &str = "Invalid or expired setup token";

/// Returns the hash of a secret and the time `minutes` from now, as SQL literals.
pub fn in_sql(app: &TestApp, secret: &str, minutes: i64) -> (String, String) {
    let hash = Sha256::digest(secret.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let until = (app.clock.advance(Duration::ZERO) + Duration::minutes(minutes)).unix_micros();
    if app.database_url().starts_with("sqlite:") {
        (format!("x'{hash}'"), until.to_string())
    } else {
        (format!("'\\x{hash}'"), format!("to_timestamp(0) + {until} * interval '1 microsecond'"))
    }
}

/// Stores the hash of a setup secret as a start does, valid for `minutes`; returns the secret.
pub async fn plant(app: &TestApp, seed: u8, minutes: i64) -> String {
    let token = format!("set_{}", URL_SAFE_NO_PAD.encode([seed; 32]));
    let (hash, until) = in_sql(app, &token, minutes);
    let plant = format!(
        "DELETE FROM setup_secret; INSERT INTO setup_secret (hash, expires_at) VALUES ({hash}, {until})"
    );
    app.operator(&plant).await;
    token
}

pub async fn set_up(app: &TestApp, token: &str, email: &str) -> Reply {
    let body = json!({ "token": token, "email": email, "password": PASSWORD,
        "first_name": "Root", "last_name": "Tester" });
    app.anyone().post("/setup", body).await
}

on_every_engine!(the_secret_makes_one_administrator);

async fn the_secret_makes_one_administrator(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let token = plant(&app, 1, 30).await;
    for bad in
        ["", "set_", "x", &token[4..], &format!("rst_{}", &token[4..]), &format!("set_{}", "A".repeat(43))]
    {
        let reply = set_up(&app, bad, "root@example.com").await.refuses(400, BAD_SETUP);
        assert_eq!(reply.field("/code"), "invalid_setup_token");
    }
    let errors = app.anyone().post("/setup", json!({})).await.is(422).field("/errors");
    let pointers: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/token", "/email", "/password", "/first_name"]);
    // An address with an account does not use up the secret.
    set_up(&app, &token, &ada.email).await.refuses(409, "Email already registered");

    let made = set_up(&app, &token, " ROOT@example.com").await.is(201);
    assert_eq!((made.field("/email"), made.field("/status")), (json!("root@example.com"), json!("active")));
    assert_eq!(
        (made.field("/email_verified"), made.field("/full_name")),
        (json!(true), json!("Root Tester"))
    );
    let root = app.log_in("root@example.com").await;
    root.platform_audit().await.is(200);
    ada.platform_audit().await.refuses(403, "Access denied. Required: platform administrator");
    // From now on setup does not exist, whatever the body is.
    let fresh = plant(&app, 2, 30).await;
    for token in [token.as_str(), &fresh, ""] {
        set_up(&app, token, "x@example.com").await.refuses(404, "Not Found");
    }
    app.anyone().post("/setup", json!({})).await.refuses(404, "Not Found");
    try_password(&app, "x@example.com", PASSWORD).await.is(401);
}

on_every_engine!(the_secret_lives_half_an_hour_and_is_the_newest);

async fn the_secret_lives_half_an_hour_and_is_the_newest(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let former = plant(&app, 1, 30).await;
    let newest = plant(&app, 2, 30).await;
    set_up(&app, &former, "root@example.com").await.refuses(400, BAD_SETUP);
    app.clock.advance(Duration::minutes(30));
    set_up(&app, &newest, "root@example.com").await.refuses(400, BAD_SETUP);
    app.clock.advance(-Duration::microseconds(1));
    set_up(&app, &newest, "root@example.com").await.is(201);
}

on_every_engine!(setups_at_once_make_one_administrator);

async fn setups_at_once_make_one_administrator(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let token = plant(&app, 1, 30).await;
    let mut calls = JoinSet::new();
    for n in 0..32 {
        let (anyone, email) = (app.anyone(), format!("root{n}@example.com"));
        let body = json!({ "token": token, "email": email, "password": PASSWORD,
            "first_name": "R", "last_name": "T" });
        calls.spawn(async move { anyone.post("/setup", body).await.status });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 400 | 404)), "{statuses:?}");
    assert_eq!(rows(&app, "SELECT email FROM users").await.len(), 1);
}

on_every_engine!(an_administrator_closes_the_door_whoever_made_it);

async fn an_administrator_closes_the_door_whoever_made_it(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let token = plant(&app, 1, 30).await;
    root(&app).await;
    set_up(&app, &token, "x@example.com").await.refuses(404, "Not Found");
}
