//! Members: reading, suspending, removing, leaving.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

const LAST_OWNER: &str = "Organization needs an active owner";
const STRANGER: &str = "User is not a member of this organization";

fn member(owner: &Caller, who: &Caller) -> String {
    format!("/organizations/{}/users/{}", owner.org, who.id)
}

on_every_engine!(one_member_shows_account_membership_and_role);

async fn one_member_shows_account_membership_and_role(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let found = ada.get(&member(&ada, &bob)).await.is(200);
    assert_eq!(found.field("/id"), *bob.id);
    assert_eq!(found.field("/email"), "bob@example.com");
    assert_eq!(found.field("/full_name"), "bob Tester");
    assert_eq!(found.field("/status"), "active");
    assert_eq!(found.field("/user_status"), "active");
    assert_eq!(found.field("/email_verified"), true);
    assert_eq!(found.field("/role/name"), "member");
    assert_eq!(found.field("/role/hierarchy_level"), 20);
    assert_eq!(found.field("/joined_at"), "2026-01-02T03:04:05.678901Z");
    for id in ["x", "0198c5a0-7d3e-7000-8000-000000000001", &app.sign_up("eve").await.id] {
        ada.get(&format!("/organizations/{}/users/{id}", ada.org)).await.refuses(404, STRANGER);
    }
}

on_every_engine!(oneself_is_always_readable);

async fn oneself_is_always_readable(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "blind", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "blind").await;
    bob.get(&member(&ada, &bob)).await.is(200);
    bob.get(&member(&ada, &ada)).await.refuses(403, "Access denied. Required: users:read");
}

on_every_engine!(lists_are_filtered_and_searched_literally);

async fn lists_are_filtered_and_searched_literally(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for name in ["bob", "b_b", "zoe"] {
        app.bring_in(&ada, name, "member").await;
    }
    let emails = |reply: &Reply| -> Vec<Value> {
        reply.field("/items").as_array().unwrap().iter().map(|member| member["email"].clone()).collect()
    };
    let list = async |query: &str| {
        let reply = ada.get(&format!("/organizations/{}/users?{query}", ada.org)).await.is(200);
        emails(&reply)
    };
    assert_eq!(list("").await.len(), 4);
    assert_eq!(list("search=B_B").await, ["b_b@example.com"]);
    assert_eq!(list("search=%25").await, Vec::<Value>::new());
    assert_eq!(list("search=oe%20Tes").await, ["zoe@example.com"]);
    let owner = ada.role_id(&ada.org, "owner").await;
    assert_eq!(list(&format!("role_id={owner}")).await, ["ada@example.com"]);
    assert_eq!(list("status=suspended").await, Vec::<Value>::new());
    ada.get(&format!("/organizations/{}/users?status=nonsense", ada.org)).await.is(422);

    let page = ada.get(&format!("/organizations/{}/users?limit=3", ada.org)).await.is(200);
    let cursor = page.text_of("/next_cursor");
    let rest = list(&format!("limit=3&cursor={cursor}")).await;
    assert_eq!(rest.len(), 1);
    assert!(!emails(&page).contains(&rest[0]));
    ada.get(&format!("/organizations/{}/users?search=b&cursor={cursor}", ada.org)).await.is(400);
}

on_every_engine!(a_removed_member_comes_back_only_by_invitation);

async fn a_removed_member_comes_back_only_by_invitation(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    ada.delete(&member(&ada, &bob)).await.is(204);
    ada.get(&member(&ada, &bob)).await.refuses(404, STRANGER);
    ada.delete(&member(&ada, &bob)).await.refuses(404, STRANGER);
    ada.patch(&member(&ada, &bob), json!({ "status": "active" })).await.refuses(404, STRANGER);
    let role = ada.role_id(&ada.org, "member").await;
    let assign = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    ada.post(&assign, json!({ "role_id": role })).await.refuses(404, STRANGER);
    let listed = ada.get(&format!("/organizations/{}/users?search=bob", ada.org)).await.is(200);
    assert_eq!(listed.field("/items"), json!([]));

    let invite = json!({ "email": bob.email, "org_id": ada.org, "role_id": role });
    ada.post("/auth/invite", invite).await.is(200);
    let pending = "Access denied: User invitation is still pending acceptance";
    bob.get(&format!("/api/protected?org_id={}", ada.org)).await.refuses(403, pending);
    let token = app.post.secret_for(&bob.email).await;
    bob.post("/invitations/accept", json!({ "token": token })).await.is(200);
    bob.get(&format!("/api/protected?org_id={}", ada.org)).await.is(200);
}

on_every_engine!(an_organization_keeps_an_active_owner);

async fn an_organization_keeps_an_active_owner(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let leave = format!("/organizations/{}/leave", ada.org);
    let guest = ada.role_id(&ada.org, "guest").await;
    let demote = format!("/roles/{}/users/{}/roles", ada.org, ada.id);
    let refused = ada.post(&leave, json!({})).await.refuses(409, LAST_OWNER);
    assert_eq!(refused.field("/code"), "last_owner");
    ada.post(&demote, json!({ "role_id": guest })).await.refuses(409, LAST_OWNER);
    ada.patch(&member(&ada, &ada), json!({ "status": "suspended" })).await.refuses(409, LAST_OWNER);
    ada.delete(&member(&ada, &ada)).await.refuses(409, LAST_OWNER);

    let bob = app.bring_in(&ada, "bob", "owner").await;
    ada.patch(&member(&ada, &bob), json!({ "status": "suspended" })).await.is(200);
    ada.post(&leave, json!({})).await.refuses(409, LAST_OWNER);
    ada.patch(&member(&ada, &bob), json!({ "status": "active" })).await.is(200);
    ada.post(&leave, json!({})).await.is(204);
    ada.get(&format!("/organizations/{}", ada.org))
        .await
        .refuses(403, "Access denied: User has been removed from this organization");
}

on_every_engine!(members_cannot_act_on_peers_or_superiors);

async fn members_cannot_act_on_peers_or_superiors(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (bob, zoe) = (app.bring_in(&ada, "bob", "admin").await, app.bring_in(&ada, "zoe", "admin").await);
    let above = "Target is not below your level";
    for target in [&ada, &zoe, &bob] {
        bob.patch(&member(&ada, target), json!({ "status": "suspended" })).await.refuses(403, above);
        bob.delete(&member(&ada, target)).await.refuses(403, above);
        let role = bob.role_id(&ada.org, "guest").await;
        let path = format!("/roles/{}/users/{}/roles", ada.org, target.id);
        bob.post(&path, json!({ "role_id": role })).await.refuses(403, above);
    }
    ada.delete(&member(&ada, &zoe)).await.is(204);
}

on_every_engine!(assigning_restores_a_suspended_member);

async fn assigning_restores_a_suspended_member(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    ada.patch(&member(&ada, &bob), json!({ "status": "suspended" })).await.is(200);
    let role = ada.role_id(&ada.org, "member").await;
    let path = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    let assigned = ada.post(&path, json!({ "role_id": role })).await.is(200);
    assert_eq!((assigned.field("/status"), assigned.field("/role/name")), (json!("active"), json!("member")));
    bob.get(&format!("/api/protected?org_id={}", ada.org)).await.is(200);
}
