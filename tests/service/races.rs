//! Concurrent requests have the result of some serial order.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use tokio::task::JoinSet;

on_every_engine!(one_invitation_lets_one_in);

async fn one_invitation_lets_one_in(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for("bob@example.com").await;
    ada.invite(&bob.email, "guest").await.is(200);
    let token = app.post.secret_for("bob@example.com").await;
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        let (bob, token) = (bob.clone(), token.clone());
        calls.spawn(async move { bob.accept_token(&token).await.status });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
}

on_every_engine!(two_owners_leaving_leave_one);

async fn two_owners_leaving_leave_one(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "owner").await;
    for _ in 0..20 {
        let org = ada.found_org("Race").await.is(201).text_of("/id");
        ada.in_org(&org).invite(&bob.email, "owner").await.is(200);
        let token = app.post.secret_for(&bob.email).await;
        bob.accept_token(&token).await.is(200);
        let owners = [ada.in_org(&org), bob.in_org(&org)];
        let (one, two) = tokio::join!(owners[0].leave(), owners[1].leave());
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
    }
}

on_every_engine!(one_address_gets_one_account);

async fn one_address_gets_one_account(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut calls = JoinSet::new();
    for _ in 0..16 {
        let anyone = app.anyone();
        let body = json!({ "email": "a@example.com", "password": "securePassword123", "first_name": "A", "last_name": "B" });
        calls.spawn(async move { anyone.post("/auth/signup", body).await.status });
    }
    let statuses = calls.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
}

on_every_engine!(where_verification_is_demanded_sign_ups_at_once_look_alike);

/// The last sign-up counts, and no response reveals the others.
async fn where_verification_is_demanded_sign_ups_at_once_look_alike(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    for round in 0..10 {
        let mut calls = JoinSet::new();
        for n in 0..8 {
            let anyone = app.anyone();
            let body = json!({ "email": format!("a{round}@example.com"), "password": format!("securePassword{n}"),
                "first_name": "A", "last_name": "B" });
            calls.spawn(async move { anyone.post("/auth/signup", body).await.status });
            let (anyone, body) = (app.anyone(), json!({ "email": format!("a{round}@example.com") }));
            calls.spawn(async move { anyone.post("/auth/resend-verification", body).await.status + 2 });
        }
        let statuses = calls.join_all().await;
        assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    }
    let whole = "SELECT slug FROM organizations o WHERE NOT EXISTS
        (SELECT 1 FROM memberships m WHERE m.org_id = o.id)";
    assert_eq!(sql::rows(app.database_url(), whole).await, Vec::<String>::new());
    assert_eq!(sql::rows(app.database_url(), "SELECT email FROM users").await.len(), 10);
}
