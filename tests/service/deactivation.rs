//! Deactivating the caller's account, and activating it again.

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

use crate::logins::{
    BAD_LOGIN, DEACTIVATED, PASSWORD, log_in, mail_to, refresh, refuses_refresh, root, try_password,
};

on_every_engine!(a_deactivated_account_is_refused_everywhere);

async fn a_deactivated_account_is_refused_everywhere(engine: Engine) {
    let app = TestApp::start(&engine).await;
    app.sign_up("ada").await;
    let (ada, renewal) = log_in(&app, "ada@example.com").await;
    let phone = app.log_in(&ada.email).await;
    let org = ada.get("/auth/me").await.text_of("/organizations/0/id");
    mail_to(&app, &ada.email).await;
    let off = ada.delete("/auth/me").await.is(200);
    assert_eq!((off.field("/id"), off.field("/email")), (json!(ada.id), json!("ada@example.com")));
    assert_eq!((off.field("/status"), off.field("/is_active")), (json!("inactive"), json!(false)));

    let right = try_password(&app, &ada.email, PASSWORD).await.refuses(403, DEACTIVATED);
    assert_eq!(right.field("/code"), "account_deactivated");
    try_password(&app, &ada.email, "wrong horse battery").await.refuses(401, BAD_LOGIN);
    for (method, path) in [
        ("GET", "/auth/me"),
        ("PUT", "/auth/me"),
        ("DELETE", "/auth/me"),
        ("GET", "/auth/sessions"),
        ("DELETE", "/auth/sessions/x"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/logout-all"),
        ("POST", "/auth/change-password"),
        ("POST", "/auth/change-email"),
        ("GET", "/users/me"),
        ("GET", &format!("/users/me?org_id={org}")),
        ("GET", "/users/me?org_id=x"),
        ("DELETE", &format!("/users/{}", ada.id)),
        ("POST", &format!("/users/{}/activate", ada.id)),
        ("GET", "/organizations"),
        ("POST", "/organizations"),
        ("GET", &format!("/organizations/{org}")),
        ("GET", &format!("/organizations/{org}/users")),
        ("POST", &format!("/organizations/{org}/leave")),
        ("GET", &format!("/roles/list_roles?org_id={org}")),
        ("GET", "/roles/list_roles"),
        ("POST", &format!("/auth/invite?org_id={org}")),
        ("POST", "/auth/invite"),
        ("POST", "/invitations/accept"),
        ("POST", "/authz/check"),
        ("GET", &format!("/audit?org_id={org}")),
        ("GET", "/platform/audit"),
        ("GET", &format!("/api/protected?org_id={org}")),
    ] {
        for caller in [&ada, &phone] {
            let method: Method = method.parse().unwrap();
            caller.send(caller.request(method, path)).await.refuses(403, DEACTIVATED);
        }
    }
    refuses_refresh(refresh(&app, &renewal).await);
    for path in ["/auth/forgot-password", "/auth/resend-verification"] {
        app.anyone().post(path, json!({ "email": ada.email })).await.is(200);
    }
    assert_eq!(mail_to(&app, &ada.email).await, [""; 0]);
    app.clock.advance(time::Duration::minutes(60));
    ada.get("/auth/me").await.refuses(401, "Invalid or expired token");
}

on_every_engine!(a_sole_owner_with_others_cannot_go);

async fn a_sole_owner_with_others_cannot_go(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let reply = ada.delete("/auth/me").await.refuses(409, "Organization needs an active owner");
    assert_eq!(reply.field("/code"), "last_owner");
    ada.get("/auth/me").await.is(200);
    try_password(&app, &ada.email, PASSWORD).await.is(200);

    // A suspended member counts as well.
    let path = format!("/organizations/{}/users/{}", ada.org, bob.id);
    ada.patch(&path, json!({ "status": "suspended" })).await.is(200);
    ada.delete("/auth/me").await.refuses(409, "Organization needs an active owner");
    ada.patch(&path, json!({ "status": "active" })).await.is(200);
    let transfer = format!("/organizations/{}/transfer-ownership", ada.org);
    ada.post(&transfer, json!({ "user_id": bob.id })).await.is(200);
    ada.delete("/auth/me").await.is(200);
    bob.get(&format!("/organizations/{}", ada.org)).await.is(200);
    bob.delete("/auth/me").await.is(200);
}

on_every_engine!(a_deactivated_member_stays_in_the_list_of_members);

async fn a_deactivated_member_stays_in_the_list_of_members(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "owner").await;
    let eve = app.bring_in(&ada, "eve", "member").await;
    for gone in [&bob, &eve] {
        gone.delete("/auth/me").await.is(200);
        let member = ada.get(&format!("/organizations/{}/users/{}", ada.org, gone.id)).await.is(200);
        assert_eq!(
            (member.field("/status"), member.field("/user_status")),
            (json!("active"), json!("inactive"))
        );
    }
    let list = ada.get(&format!("/organizations/{}/users", ada.org)).await.is(200).field("/items");
    let states: Vec<_> = list.as_array().unwrap().iter().map(|one| one["user_status"].clone()).collect();
    assert_eq!(states, ["active", "inactive", "inactive"]);
    let who = ada.get(&format!("/authz/who-can?org_id={}&permission=kb:read", ada.org)).await.is(200);
    assert_eq!(who.field("/items").as_array().unwrap().len(), 1, "{}", who.text);
    // Bob is an owner whose account is inactive, so Ada is the last active owner.
    let leave = ada.post(&format!("/organizations/{}/leave", ada.org), json!({})).await;
    leave.refuses(409, "Organization needs an active owner");
    // The other members are inactive, so no active member is left without an owner.
    ada.delete("/auth/me").await.is(200);
}

on_every_engine!(an_administrator_switches_accounts_on_again);

async fn an_administrator_switches_accounts_on_again(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (_, renewal) = log_in(&app, &ada.email).await;
    let path = format!("/users/{}/activate", ada.id);
    ada.delete("/auth/me").await.is(200);
    for unknown in [eve.org.as_str(), "x"] {
        let reply = root.post(&format!("/users/{unknown}/activate"), json!({})).await;
        reply.refuses(404, "User not found");
    }
    eve.post(&path, json!({})).await.refuses(403, "Access denied. Required: platform administrator");
    eve.post("/users/x/activate", json!({}))
        .await
        .refuses(403, "Access denied. Required: platform administrator");
    app.anyone().post(&path, json!({})).await.refuses(401, "Missing authentication credentials");
    let done = root.send(root.request(Method::POST, &path)).await.is(204);
    assert_eq!(done.text, "");
    root.post(&path, json!({})).await.is(204);
    let back = app.log_in(&ada.email).await;
    assert_eq!(back.get("/auth/me").await.is(200).field("/status"), "active");
    // The sessions that ended with the account stay ended.
    ada.get("/auth/me").await.refuses(401, "Invalid or expired token");
    refuses_refresh(refresh(&app, &renewal).await);
}

on_every_engine!(an_administrator_switches_accounts_off);

async fn an_administrator_switches_accounts_off(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let (_, renewal) = log_in(&app, &ada.email).await;
    let reset = crate::logins::reset_token(&app, &ada.email).await;
    let path = format!("/users/{}/deactivate", ada.id);
    let required = "Access denied. Required: platform administrator";
    ada.post(&path, json!({})).await.refuses(403, required);
    ada.post("/users/x/deactivate", json!({})).await.refuses(403, required);
    app.anyone().post(&path, json!({})).await.refuses(401, "Missing authentication credentials");
    for unknown in [ada.org.as_str(), "x"] {
        root.post(&format!("/users/{unknown}/deactivate"), json!({})).await.refuses(404, "User not found");
    }
    let done = root.send(root.request(Method::POST, &path)).await.is(204);
    assert_eq!(done.text, "");
    ada.get("/auth/me").await.refuses(403, DEACTIVATED);
    try_password(&app, &ada.email, PASSWORD).await.refuses(403, DEACTIVATED);
    refuses_refresh(refresh(&app, &renewal).await);
    crate::logins::reset(&app, &reset, "another new password").await.is(400);
    let archived = "SELECT slug FROM organizations WHERE archived_at IS NOT NULL";
    assert_eq!(crate::logins::rows(&app, archived).await.len(), 1, "nobody is left in it");
    // A repetition under the other prefix succeeds.
    root.post(&format!("/api{path}"), json!({})).await.is(204);

    root.post(&format!("/users/{}/activate", ada.id), json!({})).await.is(204);
    let back = app.log_in(&ada.email).await;
    back.get(&format!("/organizations/{}", ada.org)).await.is(200);
    ada.get("/auth/me").await.refuses(401, "Invalid or expired token");
}

on_every_engine!(an_administrator_is_bound_by_the_rules_of_owners);

async fn an_administrator_is_bound_by_the_rules_of_owners(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let off = async |who: &Caller| root.post(&format!("/users/{}/deactivate", who.id), json!({})).await;
    let refused = off(&ada).await.refuses(409, "Organization needs an active owner");
    assert_eq!(refused.field("/code"), "last_owner");
    ada.get("/auth/me").await.is(200);
    off(&bob).await.is(204);
    off(&ada).await.is(204);
    // Only for other accounts: a platform administrator cannot deactivate their own here.
    let refused = off(&root).await.refuses(409, "You cannot deactivate your own account here");
    assert_eq!(refused.field("/code"), "own_account");
    root.get("/platform/users").await.is(200);
    let other = crate::audit::promoted(&app, app.sign_up("other").await).await;
    off(&other).await.is(204);
    other.get("/platform/users").await.refuses(403, DEACTIVATED);
}
