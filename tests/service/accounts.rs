//! Sign-up, login and the caller's account.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

fn sign_up_body(email: &str) -> Value {
    json!({ "email": email, "password": "securePassword123", "first_name": "John", "last_name": "Doe" })
}

on_every_engine!(a_sign_up_makes_an_account_and_an_owned_organization);

async fn a_sign_up_makes_an_account_and_an_owned_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let reply = app.anyone().post("/auth/signup", sign_up_body(" User@Example.COM ")).await.is(201);
    assert_eq!(reply.field("/email"), "user@example.com");
    assert_eq!(reply.field("/full_name"), "John Doe");
    assert_eq!(reply.field("/status"), "active");
    assert_eq!(reply.field("/is_active"), true);
    assert_eq!(reply.field("/email_verified"), false);
    assert_eq!(reply.field("/created_at"), "2026-01-02T03:04:05.678901Z");
    assert_eq!(reply.field("/organization/name"), "John's organization");
    assert!(reply.text_of("/organization/slug").starts_with("johns-organization-"));
    assert!(!reply.text.contains("securePassword123") && !reply.text.contains("hash"));
    app.post.secret_for("user@example.com").await;
}

on_every_engine!(one_account_per_canonical_address);

async fn one_account_per_canonical_address(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.anyone().post("/auth/signup", sign_up_body("user@example.com")).await.is(201);
    let again = app.anyone().post("/auth/signup", sign_up_body("USER@example.com")).await;
    let again = again.refuses(409, "Email already registered");
    assert_eq!(again.field("/code"), "email_taken");
}

on_every_engine!(wrong_fields_are_named_each);

async fn wrong_fields_are_named_each(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let body =
        json!({ "email": "a@x.com,v@y.com", "password": "short", "first_name": "", "last_name": "\u{7}" });
    let reply = app.anyone().post("/auth/signup", body).await.is(422);
    let errors = reply.field("/errors");
    let pointers: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/email", "/password", "/first_name", "/last_name"]);
    for error in errors.as_array().unwrap() {
        assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
    }
    app.anyone().post("/auth/signup", json!({ "email": ["a@x.com"] })).await.is(422);
    app.anyone().post("/auth/signup", json!([1])).await.is(422);
    assert_eq!(app.post.delivered(), [], "no mail to anybody");
}

on_every_engine!(a_common_password_is_refused_with_that_reason);

async fn a_common_password_is_refused_with_that_reason(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut body = sign_up_body("user@example.com");
    for common in ["password123", "Password1"] {
        body["password"] = json!(common);
        let reply = app.anyone().post("/auth/signup", body.clone()).await.is(422);
        assert_eq!(reply.field("/errors/0/pointer"), "/password");
        assert_eq!(reply.field("/errors/0/code"), "too_common");
        assert!(reply.text_of("/errors/0/message").contains("most common"), "{}", reply.text);
    }
    body["password"] = json!("newSecurePassword123");
    app.anyone().post("/auth/signup", body).await.is(201);
}

on_every_engine!(unknown_fields_are_ignored);

async fn unknown_fields_are_ignored(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut body = sign_up_body("user@example.com");
    body["org_id"] = json!("not a uuid");
    body["status"] = json!("inactive");
    body["platform_admin"] = json!(true);
    let reply = app.anyone().post("/auth/signup", body).await.is(201);
    assert_eq!(reply.field("/status"), "active");
}

on_every_engine!(a_login_gives_tokens);

async fn a_login_gives_tokens(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.anyone().post("/auth/signup", sign_up_body("user@example.com")).await.is(201);
    let login = app.anyone().try_log_in("USER@example.com", "securePassword123").await.is(200);
    assert_eq!(login.field("/token_type"), "bearer");
    assert_eq!(login.field("/expires_in"), 3600);
    assert_eq!(login.text_of("/access_token").split('.').count(), 3);
    assert!(login.text_of("/refresh_token").len() > 40);
    assert_eq!(login.header("cache-control"), "no-store");
}

on_every_engine!(responses_do_not_reveal_whether_an_account_exists);

async fn responses_do_not_reveal_whether_an_account_exists(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.anyone().post("/auth/signup", sign_up_body("user@example.com")).await.is(201);
    let try_with = async |email: &str, password: &str| {
        app.anyone().try_log_in(email, password).await.refuses(401, "Incorrect username or password")
    };
    let known = try_with("user@example.com", "wrong password").await;
    let unknown = try_with("nobody@example.com", "wrong password").await;
    let endless = try_with("user@example.com", &"x".repeat(2000)).await;
    try_with("no address", "wrong password").await;
    for reply in [&known, &unknown, &endless] {
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    let without_id = |reply: &bailiwick_testkit::app::Reply| {
        let mut body = reply.json();
        body["request_id"].take();
        body
    };
    assert_eq!(without_id(&known), without_id(&unknown));
}

on_every_engine!(ones_own_account);

async fn ones_own_account(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let me = ada.me().await.is(200);
    assert_eq!(me.field("/id"), *ada.id);
    assert_eq!(me.field("/email"), "ada@example.com");
    assert_eq!(me.field("/last_active"), "2026-01-02T03:04:05.678901Z", "the login");
    assert_eq!(me.field("/organizations/0/id"), *ada.org);
    assert_eq!(me.field("/organizations/0/role/name"), "owner");
    assert_eq!(me.field("/organizations/0/role/hierarchy_level"), 100);

    let renamed = ada.rename_me(json!({ "first_name": "Augusta", "email": "x@y.zz", "status": "inactive" }));
    let renamed = renamed.await.is(200);
    assert_eq!(renamed.field("/full_name"), "Augusta Tester");
    assert_eq!(renamed.field("/email"), "ada@example.com");
    assert_eq!(renamed.field("/status"), "active");
    assert_eq!(ada.me().await.field("/first_name"), "Augusta");
    ada.rename_me(json!({ "last_name": "a\u{0}b" })).await.is(422);
}

on_every_engine!(ones_own_authority);

async fn ones_own_authority(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let plain = ada.get("/users/me").await.is(200);
    assert_eq!(plain.field("/role"), Value::Null);
    let within = ada.me_as_member().await.is(200);
    assert_eq!(within.field("/role"), "owner");
    assert_eq!(within.field("/role_level"), 100);
    assert_eq!(within.field("/permissions"), json!(["*:*"]));
    assert_eq!(within.text_of("/role_id"), ada.role_id("owner").await);
    ada.get("/users/me?org_id=x").await.refuses(400, "Invalid org id");
    let eve = app.sign_up("eve").await;
    let stranger = "User is not a member of this organization";
    ada.in_org(&eve).me_as_member().await.refuses(403, stranger);
}

on_every_engine!(the_database_says_who_is_active);

/// The response names a deactivated account; the token of a deleted one is invalid.
async fn the_database_says_who_is_active(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.operator("UPDATE users SET status = 'inactive' WHERE email = 'ada@example.com'").await;
    ada.me().await.refuses(403, "User account is deactivated");
    ada.get("/roles/list_roles").await.refuses(403, "User account is deactivated");
    app.anyone()
        .try_log_in("ada@example.com", "correct horse battery")
        .await
        .refuses(403, "User account is deactivated");
    app.anyone()
        .try_log_in("ada@example.com", "something else")
        .await
        .refuses(401, "Incorrect username or password");
    app.operator("DELETE FROM users WHERE email = 'bob@example.com'").await;
    bob.me().await.refuses(401, "Invalid or expired token");
}
