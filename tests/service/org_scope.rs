//! The organization of a request, and the order of the checks.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

on_every_engine!(query_path_and_body_must_agree);

async fn query_path_and_body_must_agree(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let other = app.sign_up("eve").await.org;
    let org = &ada.org;
    let conflict = "Conflicting org ids";
    ada.get(&format!("/organizations/{org}?org_id={org}")).await.is(200);
    ada.get(&format!("/organizations/{org}?org_id={other}")).await.refuses(400, conflict);
    let patch = format!("/organizations/{org}");
    ada.patch(&patch, json!({ "name": "A", "org_id": other })).await.refuses(400, conflict);
    ada.patch(&patch, json!({ "name": "A", "org_id": "x" })).await.refuses(400, "Invalid org id");
    ada.patch(&patch, json!({ "name": "A", "org_id": org })).await.is(200);
    assert_eq!(ada.get(&patch).await.field("/name"), "A");
}

on_every_engine!(the_organization_must_be_named_by_a_uuid);

async fn the_organization_must_be_named_by_a_uuid(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for path in
        ["/roles/list_roles", "/roles/list_roles?org_id=", "/roles/list_roles?org_id=x", "/api/protected"]
    {
        let reply = ada.get(path).await.refuses(400, "Invalid org id");
        assert_eq!(reply.field("/code"), "invalid_org_id");
    }
    ada.get("/organizations/x").await.refuses(400, "Invalid org id");
    ada.post("/auth/invite", json!({ "email": "b@example.com" })).await.refuses(400, "Invalid org id");
    ada.post("/roles", json!({ "name": "x" })).await.refuses(400, "Invalid org id");
}

on_every_engine!(the_body_alone_may_name_the_organization);

async fn the_body_alone_may_name_the_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.role_id(&ada.org, "guest").await;
    let body = json!({ "email": "bob@example.com", "org_id": ada.org, "role_id": role });
    ada.post("/auth/invite", body).await.is(200);
    let role = json!({ "name": "x", "hierarchy_level": 5, "permissions": [], "org_id": ada.org });
    ada.post("/roles", role).await.is(201);
}

on_every_engine!(a_refusal_comes_before_the_body);

/// A caller without the permission learns nothing about the body or the object.
async fn a_refusal_comes_before_the_body(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let nobody = app.anyone();
    let path = format!("/roles?org_id={}", ada.org);
    let nonsense = json!({ "name": 7, "hierarchy_level": "x" });
    nobody.post("/roles?org_id=x", nonsense.clone()).await.refuses(401, "Missing authentication credentials");
    eve.post("/roles?org_id=x", nonsense.clone()).await.refuses(400, "Invalid org id");
    eve.post(&path, nonsense.clone()).await.refuses(403, "User is not a member of this organization");
    bob.post(&path, nonsense.clone()).await.refuses(403, "Access denied. Required: roles:write");
    ada.post(&path, nonsense).await.is(422);
    let broken = |who: &bailiwick_testkit::app::Caller| {
        who.request(reqwest::Method::POST, &path).header("content-type", "application/json").body("{")
    };
    bob.send(broken(&bob)).await.refuses(403, "Access denied. Required: roles:write");
    ada.send(broken(&ada)).await.refuses(400, "Malformed JSON");
    let unknown = "0198c5a0-7d3e-7000-8000-000000000001";
    let role = format!("/roles/{unknown}?org_id={}", ada.org);
    bob.delete(&role).await.refuses(403, "Access denied. Required: roles:delete");
    ada.delete(&role).await.refuses(404, "Role not found");
}

on_every_engine!(an_optional_body_must_agree_too);

async fn an_optional_body_must_agree_too(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let role = ada.role_id(&ada.org, "guest").await;
    let invite = json!({ "email": "bob@example.com", "org_id": ada.org, "role_id": role });
    let id = ada.post("/auth/invite", invite).await.is(200).text_of("/id");
    let resend = format!("/invitations/{id}/resend");
    let id = ada.post(&resend, json!({ "org_id": ada.org })).await.is(200).text_of("/id");
    let resend = format!("/invitations/{id}/resend?org_id={}", ada.org);
    ada.post(&resend, json!({ "org_id": eve.org })).await.refuses(400, "Conflicting org ids");
    ada.send(ada.request(reqwest::Method::POST, &resend)).await.is(200);
    let bob = app.bring_in(&ada, "zoe", "guest").await;
    let leave = format!("/organizations/{}/leave", ada.org);
    bob.post(&leave, json!({ "org_id": eve.org })).await.refuses(400, "Conflicting org ids");
    bob.send(bob.request(reqwest::Method::POST, &leave)).await.is(204);
}

on_every_engine!(a_conflicting_body_is_refused_after_the_decision);

async fn a_conflicting_body_is_refused_after_the_decision(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "guest").await;
    for path in ["/roles", "/invitations/bulk"] {
        let path = format!("{path}?org_id={}", ada.org);
        assert_eq!(bob.post(&path, json!({ "org_id": eve.org })).await.status, 403);
        ada.post(&path, json!({ "org_id": eve.org, "invitations": [], "name": "x" })).await.is(400);
    }
}

on_every_engine!(bearer_routes_ignore_the_organization);

async fn bearer_routes_ignore_the_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.get("/auth/me?org_id=nonsense").await.is(200);
    ada.put("/auth/me?org_id=nonsense", json!({ "first_name": "A", "org_id": "x" })).await.is(200);
}
