//! The objects of another organization do not exist: the response equals, byte for byte, that for an
//! unknown id, and nothing of the other organization changes.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};

const NOBODYS: &str = "0198c5a0-7d3e-7000-8000-000000000001";

/// Every operation that takes an id of something inside an organization.
fn operations(org: &str, role: &str, invitation: &str, user: &str) -> Vec<(Method, String, Value)> {
    vec![
        (Method::GET, format!("/roles/{role}?org_id={org}"), json!({})),
        (Method::PUT, format!("/roles/{role}?org_id={org}"), json!({ "name": "taken over" })),
        (Method::DELETE, format!("/roles/{role}?org_id={org}"), json!({})),
        (Method::POST, format!("/roles/reorder?org_id={org}"), json!({ "role_ids": [role] })),
        (Method::GET, format!("/invitations/{invitation}?org_id={org}"), json!({})),
        (Method::POST, format!("/invitations/{invitation}/resend?org_id={org}"), json!({})),
        (Method::DELETE, format!("/invitations/{invitation}?org_id={org}"), json!({})),
        (Method::GET, format!("/organizations/{org}/users/{user}"), json!({})),
        (Method::PATCH, format!("/organizations/{org}/users/{user}"), json!({ "status": "suspended" })),
        (Method::DELETE, format!("/organizations/{org}/users/{user}"), json!({})),
        (Method::POST, format!("/organizations/{org}/transfer-ownership"), json!({ "user_id": user })),
        (
            Method::POST,
            "/auth/invite".to_owned(),
            json!({ "email": "x@example.com", "org_id": org, "role_id": role }),
        ),
        (
            Method::POST,
            "/authz/check".to_owned(),
            json!({ "org_id": org, "user_id": user, "permissions": ["kb:read"] }),
        ),
        (
            Method::POST,
            "/authz/explain".to_owned(),
            json!({ "org_id": org, "user_id": user, "permission": "kb:read" }),
        ),
    ]
}

async fn call(who: &Caller, (method, path, body): &(Method, String, Value)) -> Reply {
    who.send(who.request(method.clone(), path).json(body)).await
}

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json();
    body["request_id"].take();
    body
}

on_every_engine!(foreign_ids_are_unknown_ids);

async fn foreign_ids_are_unknown_ids(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "member").await;
    let role = ada.create_role(&ada.org, "editor", 30, &["kb:read"]).await;
    let guest = ada.role_id(&ada.org, "guest").await;
    let body = json!({ "email": "new@example.com", "org_id": ada.org, "role_id": guest });
    let invitation = ada.post("/auth/invite", body).await.is(200).text_of("/id");
    let before = snapshot(&ada).await;

    let foreign = operations(&eve.org, &role, &invitation, &bob.id);
    let unknown = operations(&eve.org, NOBODYS, NOBODYS, NOBODYS);
    for (foreign, unknown) in foreign.iter().zip(&unknown) {
        let (foreign, unknown) = (call(&eve, foreign).await.is(404), call(&eve, unknown).await.is(404));
        assert_eq!(without_request_id(&foreign), without_request_id(&unknown), "{}", foreign.request);
    }
    for operation in operations(&ada.org, &role, &invitation, &bob.id) {
        call(&eve, &operation).await.refuses(403, "User is not a member of this organization");
        call(&app.anyone(), &operation).await.refuses(401, "Missing authentication credentials");
    }
    assert_eq!(snapshot(&ada).await, before, "nothing changed");
}

async fn snapshot(owner: &Caller) -> Vec<Value> {
    let org = &owner.org;
    let mut seen = Vec::new();
    for path in [
        format!("/organizations/{org}"),
        format!("/organizations/{org}/users"),
        format!("/roles/list_roles?org_id={org}"),
        format!("/invitations?org_id={org}"),
    ] {
        seen.push(owner.get(&path).await.is(200).json());
    }
    seen
}
