//! Every request that changes something leaves an audit entry that describes the change; every other
//! request leaves none. Every operation of the OpenAPI document must be tried here, so that a new one
//! is not forgotten.

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use super::trail::{AuditLog, promoted};
use super::{accounts, invitations, logins, members, organizations, throttles};

/// Operations that leave no entry when they succeed, or cannot succeed in this scene, and the reason.
const ELSEWHERE: [(&str, &str); 6] = [
    ("post /auth/refresh", "nobody acts on a rotation; the reuse of a token is told, in logins"),
    ("post /authz/check", "a question"),
    ("post /authz/explain", "a question"),
    ("post /events", "what is told is not kept"),
    ("post /ws/ticket", "a ticket changes nothing and is used up by itself"),
    ("post /setup", "needs a platform without an administrator: setup"),
];

on_every_engine!(every_change_is_told);

async fn every_change_is_told(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut trail = AuditLog::of(&app).await;
    let ada = accounts::change(&app, &mut trail).await;
    organizations::change(&ada, &mut trail).await;
    organizations::change_roles(&ada, &mut trail).await;
    throttles::change(&app, &ada, &mut trail).await;
    let bob = invitations::change(&app, &ada, &mut trail).await;
    members::change(&app, &ada, &bob, &mut trail).await;
    logins::change(&app, &mut trail).await;
    logins::switch_off_and_delete(&app, &mut trail).await;
    for (operation, _) in ELSEWHERE {
        trail.tried.insert(operation.to_owned());
    }

    let description = app.anyone().get("/openapi.json").await.is(200).json();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| *method != "get") {
            let operation = format!("{method} {path}");
            assert!(trail.tried.contains(&operation), "{operation} is not tried: which rows does it leave?");
        }
    }
}

on_every_engine!(questions_are_not_told);

async fn questions_are_not_told(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut trail = AuditLog::of(&app).await;
    let ada = app.sign_up("ada").await;
    let check = json!({ "org_id": ada.org, "permissions": ["kb:read"] });
    trail.leaves_nothing(&ada, ("post", "/authz/check"), check, 200).await;
    let explain = json!({ "org_id": ada.org, "permission": "kb:read" });
    trail.leaves_nothing(&ada, ("post", "/authz/explain"), explain, 200).await;
}

on_every_engine!(an_account_that_makes_way_is_told_of);

async fn an_account_that_makes_way_is_told_of(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.require_verified_email = true;
    let app = TestApp::start_with(&engine, options).await;
    let anyone = app.anyone();
    anyone.post("/auth/signup", sign_up("root@example.com")).await.is(202);
    let token = json!({ "token": app.post.secret_for("root@example.com").await });
    anyone.post("/auth/verify-email", token).await.is(200);
    let mut trail = AuditLog::seen_by(promoted(&app, app.log_in("root@example.com").await).await);

    let (_, first) = trail.send(&anyone, "post", "/auth/signup", &sign_up("eve@example.com")).await;
    let (_, second) = trail.send(&anyone, "post", "/auth/signup", &sign_up("eve@example.com")).await;
    let [old_account, old_org] = first.as_slice() else { panic!("{first:?}") };
    let [gone_org, gone, account, org] = second.as_slice() else { panic!("{second:?}") };
    let (former, later) = (&old_account[2], &account[2]);
    assert_ne!(former, later);
    assert_eq!((&account[0], &account[5]["status"]), (&json!("account.sign_up"), &json!("pending")));
    assert_eq!((&org[0], &org[2]), (&json!("organization.create"), later));
    let was = json!({ "email": "eve@example.com", "status": "pending" });
    assert_eq!(*gone, json!(["account.delete", null, later, ["user", former], was, null]));
    let was = json!({ "name": old_org[5]["name"], "slug": old_org[5]["slug"] });
    assert_eq!(*gone_org, json!(["organization.delete", old_org[1], later, old_org[3], was, null]));
}

fn sign_up(email: &str) -> Value {
    json!({ "email": email, "password": "correct horse battery", "first_name": "E", "last_name": "F" })
}

on_every_engine!(rolled_back_changes_are_not_reported);

async fn rolled_back_changes_are_not_reported(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut trail = AuditLog::of(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let eve = app.sign_up("eve").await;
    app.post.secret_for(&eve.email).await;
    let guest = bob.role_id(&ada.org, "guest").await;
    let invite = json!({ "email": eve.email, "org_id": ada.org, "role_id": guest });
    bob.post("/auth/invite", invite).await.is(200);
    let token = app.post.secret_for(&eve.email).await;
    ada.delete(&format!("/organizations/{}/users/{}", ada.org, bob.id)).await.is(204);
    // The address is marked as verified before the inviter's missing permission is found; both roll back.
    trail.leaves_nothing(&eve, ("post", "/invitations/accept"), json!({ "token": token }), 403).await;
    assert_eq!(eve.get("/auth/me").await.is(200).field("/email_verified"), false);
}
