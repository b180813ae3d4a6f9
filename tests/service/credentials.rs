//! The `Authorization` header and the access token.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use time::Duration;

on_every_engine!(the_header_is_read_to_the_letter);

async fn the_header_is_read_to_the_letter(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let anyone = app.anyone();
    let missing = "Missing authentication credentials";
    let reply = anyone.me().await.refuses(401, missing);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    let with = async |value: &str| {
        let request = anyone.request(Method::GET, "/auth/me").header("Authorization", value);
        anyone.send(request).await
    };
    with("").await.refuses(401, missing);
    let token = &ada.token;
    for value in [
        format!("bearer {token}"),
        format!("BEARER {token}"),
        token.clone(),
        format!("Bearer{token}"),
        "Basic YTpi".to_owned(),
        "Bearer".to_owned(),
    ] {
        with(&value).await.refuses(401, "Invalid authorization");
    }
    let twice =
        anyone.request(Method::GET, "/auth/me").bearer_auth(token).header("Authorization", "Bearer x");
    anyone.send(twice).await.refuses(401, "Invalid authorization");
    with(&format!("Bearer {token}")).await.is(200);
}

on_every_engine!(a_bad_token_is_refused_and_the_hint_says_why);

async fn a_bad_token_is_refused_and_the_hint_says_why(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (head, signature) = ada.token.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    for token in ["x", "a.b", "a.b.c", &format!("{head}.{forged}"), &format!("{head}."), head] {
        let reply = ada.with_token(token).me().await.refuses(401, "Invalid or expired token");
        assert_eq!(reply.header("www-authenticate"), r#"Bearer error="invalid_token""#);
    }
    app.clock.advance(Duration::minutes(60) - Duration::SECOND);
    ada.me().await.is(200);
    app.clock.advance(Duration::minutes(4));
    let expired = ada.me().await.refuses(401, "Invalid or expired token");
    assert!(expired.text_of("/hint").contains("expired 3 minutes ago"), "{}", expired.text);
}

on_every_engine!(public_routes_never_look_at_it);

async fn public_routes_never_look_at_it(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let stranger = app.anyone().with_token("nonsense");
    let body = serde_json::json!({ "email": "no@example.com", "password": "wrong password" });
    stranger.post("/auth/login", body).await.refuses(401, "Incorrect username or password");
    stranger.get("/healthz").await.is(200);
}

on_every_engine!(an_ended_session_ends_its_token);

async fn an_ended_session_ends_its_token(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    app.operator("UPDATE sessions SET ended_at = created_at").await;
    let reply = ada.me().await.refuses(401, "Invalid or expired token");
    assert!(!reply.text_of("/hint").is_empty());
}
