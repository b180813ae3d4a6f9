//! Many people have one name: an absent `last_name` is an empty one.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use crate::logins::{PASSWORD, root};
use crate::setup::plant;

/// The bodies of a person with a single name.
fn single(email: &str) -> Vec<Value> {
    let absent = json!({ "email": email, "password": PASSWORD, "first_name": "Suharto" });
    let with = |last: Value| {
        let mut body = absent.clone();
        body["last_name"] = last;
        body
    };
    vec![absent.clone(), with(json!("")), with(json!(null)), with(json!(" \t\u{200b}"))]
}

fn assert_single(user: &Value) {
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Suharto"), &json!("")));
    assert_eq!(user["full_name"], "Suharto", "no space behind it");
}

on_every_engine!(one_name_is_enough_to_sign_up);

async fn one_name_is_enough_to_sign_up(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for n in 0..4 {
        let email = format!("s{n}@example.com");
        let made = app.anyone().post("/auth/signup", single(&email).swap_remove(n)).await.is(201);
        assert_single(&made.json());
        let me = app.log_in(&email).await.me().await.is(200);
        assert_single(&me.json());

        let email = format!("invited{n}@example.com");
        ada.invite(&email, "guest").await.is(200);
        let mut body = single(&email).swap_remove(n);
        body["token"] = json!(app.post.secret_for(&email).await);
        let joined = app.anyone().post("/auth/signup-invite", body).await.is(201);
        assert_single(&joined.json());
        let id = joined.text_of("/id");
        assert_single(&ada.member(&id).await.is(200).json());
    }
}

on_every_engine!(one_name_is_enough_to_set_up);

async fn one_name_is_enough_to_set_up(engine: Engine) {
    for (seed, mut body) in (1..).zip(single("root@example.com")) {
        let app = TestApp::start(&engine).await;
        body["token"] = json!(plant(&app, seed, 30).await);
        assert_single(&app.anyone().post("/setup", body).await.is(201).json());
    }
}

on_every_engine!(a_last_name_is_given_up_and_left_as_it_is);

async fn a_last_name_is_given_up_and_left_as_it_is(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let rename = async |body: Value| ada.rename_me(body).await.is(200).json();
    let renamed = rename(json!({ "first_name": "Suharto" })).await;
    assert_eq!(renamed["full_name"], "Suharto Tester", "absent is as it was");
    assert_eq!(rename(json!({ "last_name": null })).await["full_name"], "Suharto Tester");
    for blank in ["", "  ", "\u{a0}\u{200b}"] {
        assert_single(&rename(json!({ "last_name": blank })).await);
        assert_eq!(rename(json!({ "last_name": "Tester" })).await["last_name"], "Tester");
    }
    let refused = ada.rename_me(json!({ "last_name": "x".repeat(101) })).await.is(422);
    assert_eq!(refused.field("/errors/0/pointer"), "/last_name");
    // The first name is required.
    let refused = ada.rename_me(json!({ "first_name": "" })).await.is(422);
    assert_eq!(refused.field("/errors/0/code"), "required");
}

on_every_engine!(a_single_name_is_found_and_shown_without_a_space);

async fn a_single_name_is_found_and_shown_without_a_space(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let made = app.anyone().post("/auth/signup", single("s@example.com").swap_remove(0)).await.is(201);
    let org = made.text_of("/organization/id");
    assert_eq!(made.field("/organization/name"), "Suharto's organization");
    let caller = app.log_in("s@example.com").await.in_org(&org);
    for (search, found) in [("UHART", 1), ("suharto", 1), ("suharto%20", 1), ("suharto%20x", 0)] {
        let query = format!("search={search}");
        for listed in [root.platform_users_by(&query).await, caller.members_by(&query).await] {
            let listed = listed.is(200);
            assert_eq!(listed.field("/items").as_array().unwrap().len(), found, "{}", listed.request);
        }
    }
    let who = caller.who_can("kb:read").await.is(200);
    assert_single(&who.field("/items/0"));
    caller.invite("bob@example.com", "guest").await.is(200);
    app.post.secret_for("s@example.com").await;
    crate::logins::all_mail_is_sent(&app).await;
    let invited = app.post.take_for("bob@example.com");
    let message = serde_json::to_value(&invited[0].message).unwrap();
    assert_eq!(message["inviter"], "Suharto");
}
