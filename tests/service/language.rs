//! The language of an account: chosen by its owner, kept until another is chosen.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

on_every_engine!(an_account_has_the_language_that_its_owner_chose);

async fn an_account_has_the_language_that_its_owner_chose(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    assert_eq!(ada.get("/auth/me").await.is(200).field("/language"), Value::Null);
    for (sent, stored) in [("de", "de"), ("EN-gb", "en-GB"), ("zh-Hant-TW", "zh-Hant-TW")] {
        let reply = ada.put("/auth/me", json!({ "language": sent })).await.is(200);
        assert_eq!(reply.field("/language"), stored);
        assert_eq!(ada.get("/auth/me").await.is(200).json(), reply.json());
    }
    for body in [json!({}), json!({ "language": null }), json!({ "first_name": "Augusta" })] {
        let reply = ada.put("/auth/me", body).await.is(200);
        assert_eq!(reply.field("/language"), "zh-Hant-TW", "an absent field stays");
    }
    assert_eq!(ada.get("/auth/me").await.field("/first_name"), "Augusta");
    assert_eq!(eve.get("/auth/me").await.field("/language"), Value::Null);
    let again = app.log_in(&ada.email).await;
    assert_eq!(again.get("/auth/me").await.field("/language"), "zh-Hant-TW");
    for reply in [ada.get("/users/me").await, ada.get(&format!("/users/me?org_id={}", ada.org)).await] {
        assert!(!reply.is(200).json().as_object().unwrap().contains_key("language"));
    }
}

on_every_engine!(what_is_no_language_tag_is_refused);

async fn what_is_no_language_tag_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.put("/auth/me", json!({ "language": "de" })).await.is(200);
    let long = format!("en{}", "-abcdefgh".repeat(4));
    for language in ["", "d", "de_AT", " de", "de-", "deutsch (de)", "d\u{e9}", "de\n", &long] {
        let body = json!({ "first_name": "Augusta", "language": language });
        let reply = ada.put("/auth/me", body).await.refuses(422, "Validation failed");
        assert_eq!(reply.field("/errors/0/pointer"), "/language", "{language:?}");
    }
    for language in [json!(7), json!(["de"]), json!({ "tag": "de" })] {
        ada.put("/auth/me", json!({ "language": language })).await.is(422);
    }
    let me = ada.get("/auth/me").await.is(200);
    assert_eq!(me.field("/language"), "de");
    assert_ne!(me.field("/first_name"), "Augusta", "nothing of a refused body is stored");
}
