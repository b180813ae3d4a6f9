//! Renewing a session: rotation, lost responses, theft.

use std::collections::BTreeSet;

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;
use time::Duration;
use tokio::task::JoinSet;

use crate::logins::{is_logged_out, log_in, refresh, refuses_refresh};

on_every_engine!(a_refresh_gives_a_new_pair);

async fn a_refresh_gives_a_new_pair(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (ada, first) = log_in(&app, "ada@example.com").await;
    app.clock.advance(Duration::minutes(59));
    // The route is public, so a credential in the header is ignored.
    let request = app.anyone().request(Method::POST, "/api/auth/refresh").header("authorization", "nonsense");
    let renewed = ada.send(request.json(&json!({ "refresh_token": first }))).await.is(200);
    let body = renewed.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!((renewed.field("/token_type"), renewed.field("/expires_in")), (json!("bearer"), json!(3600)));
    assert_eq!(renewed.header("cache-control"), "no-store");
    assert_ne!(renewed.text_of("/refresh_token"), first);
    assert!(renewed.text_of("/refresh_token").starts_with("ref_"));

    let later = ada.with_token(&renewed.text_of("/access_token"));
    app.clock.advance(Duration::minutes(1));
    ada.get("/auth/me").await.refuses(401, "Invalid or expired token");
    let me = later.get("/auth/me").await.is(200);
    assert_eq!(me.field("/id"), *ada.id);
    let sessions = later.get("/auth/sessions").await.is(200).field("/items");
    let current: Vec<_> = sessions.as_array().unwrap().iter().filter(|one| one["current"] == true).collect();
    assert_eq!(sessions.as_array().unwrap().len(), 2, "the sign-up's and this one, not a third");
    assert_eq!(current.len(), 1);
    refresh(&app, &renewed.text_of("/refresh_token")).await.is(200);
}

on_every_engine!(refreshes_at_once_give_one_successor);

/// Several tabs renew at the same moment; none is logged out (nocturne #326).
async fn refreshes_at_once_give_one_successor(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (ada, mut token) = log_in(&app, "ada@example.com").await;
    for calls in [20, 100] {
        let mut at_once = JoinSet::new();
        for _ in 0..calls {
            let (anyone, body) = (app.anyone(), json!({ "refresh_token": token }));
            at_once.spawn(async move { anyone.post("/auth/refresh", body).await.is(200) });
        }
        let replies = at_once.join_all().await;
        let successors: BTreeSet<_> = replies.iter().map(|reply| reply.text_of("/refresh_token")).collect();
        assert_eq!(successors.len(), 1, "{calls}");
        for reply in &replies {
            ada.with_token(&reply.text_of("/access_token")).get("/auth/me").await.is(200);
        }
        ada.get("/auth/me").await.is(200);
        token = successors.into_iter().next().unwrap();
    }
    refresh(&app, &token).await.is(200);
}

on_every_engine!(a_lost_answer_is_given_again_for_ten_seconds);

async fn a_lost_answer_is_given_again_for_ten_seconds(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (ada, token) = log_in(&app, "ada@example.com").await;
    let successor = refresh(&app, &token).await.is(200).text_of("/refresh_token");
    app.clock.advance(Duration::milliseconds(9_999));
    let again = refresh(&app, &token).await.is(200);
    assert_eq!(again.text_of("/refresh_token"), successor);
    ada.with_token(&again.text_of("/access_token")).get("/auth/me").await.is(200);
    app.clock.advance(Duration::milliseconds(1));
    refuses_refresh(refresh(&app, &token).await);
    is_logged_out(&ada).await;
    is_logged_out(&ada.with_token(&again.text_of("/access_token"))).await;
    refuses_refresh(refresh(&app, &successor).await);
}

on_every_engine!(a_token_whose_successor_was_used_is_stolen);

async fn a_token_whose_successor_was_used_is_stolen(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (ada, first) = log_in(&app, "ada@example.com").await;
    let (other, untouched) = log_in(&app, "ada@example.com").await;
    let second = refresh(&app, &first).await.is(200).text_of("/refresh_token");
    let third = refresh(&app, &second).await.is(200).text_of("/refresh_token");
    refuses_refresh(refresh(&app, &first).await);
    is_logged_out(&ada).await;
    for token in [&first, &second, &third] {
        refuses_refresh(refresh(&app, token).await);
    }
    other.get("/auth/me").await.is(200);
    refresh(&app, &untouched).await.is(200);
}

on_every_engine!(a_theft_long_ago_is_noticed_as_well);

async fn a_theft_long_ago_is_noticed_as_well(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (_, first) = log_in(&app, "ada@example.com").await;
    let second = refresh(&app, &first).await.is(200).text_of("/refresh_token");
    app.clock.advance(Duration::days(13));
    let third = refresh(&app, &second).await.is(200);
    app.clock.advance(Duration::days(2));
    refuses_refresh(refresh(&app, &first).await);
    refuses_refresh(refresh(&app, &third.text_of("/refresh_token")).await);
}

on_every_engine!(it_lives_fourteen_days_unused_and_thirty_at_most);

async fn it_lives_fourteen_days_unused_and_thirty_at_most(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (_, mut token) = log_in(&app, "ada@example.com").await;
    let (_, idle) = log_in(&app, "ada@example.com").await;
    for _ in 0..2 {
        app.clock.advance(Duration::days(14) - Duration::seconds(1));
        token = refresh(&app, &token).await.is(200).text_of("/refresh_token");
    }
    refuses_refresh(refresh(&app, &idle).await);
    app.clock.advance(Duration::days(2) + Duration::seconds(1));
    let last = refresh(&app, &token).await.is(200);
    app.clock.advance(Duration::seconds(1));
    refuses_refresh(refresh(&app, &last.text_of("/refresh_token")).await);
    is_logged_out(&app.anyone().with_token(&last.text_of("/access_token"))).await;
    log_in(&app, "ada@example.com").await;

    let (_, idle) = log_in(&app, "ada@example.com").await;
    app.clock.advance(Duration::days(14));
    refuses_refresh(refresh(&app, &idle).await);
}

on_every_engine!(text_that_is_no_refresh_token_is_refused);

async fn text_that_is_no_refresh_token_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let verification = app.post.secret_for("ada@example.com").await;
    let reset = crate::logins::reset_token(&app, "ada@example.com").await;
    let (ada, token) = log_in(&app, "ada@example.com").await;
    let body = token.strip_prefix("ref_").unwrap();
    let spelled = [format!("rst_{body}"), body.to_owned(), format!("{token}="), format!(" {token}")];
    let other = format!("ref_{}", "A".repeat(43));
    let long = "ref_".repeat(1000);
    let garbage = [verification, reset, ada.token.clone(), String::new(), "ref_".to_owned(), other, long];
    for bad in spelled.into_iter().chain(garbage) {
        refuses_refresh(refresh(&app, &bad).await);
    }
    let missing = app.anyone().post("/auth/refresh", json!({})).await.is(422);
    assert_eq!(missing.field("/errors/0/pointer"), "/refresh_token");
    app.anyone().post("/auth/refresh", json!({ "refresh_token": 7 })).await.is(422);
    let request =
        app.anyone().request(Method::POST, "/auth/refresh").header("content-type", "application/json");
    ada.send(request.body("{")).await.is(400);
    let form = app.anyone().request(Method::POST, "/auth/refresh");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    ada.send(form.body(format!("refresh_token={token}"))).await.is(415);
    ada.get("/auth/refresh").await.is(405);
    refresh(&app, &token).await.is(200);
}
