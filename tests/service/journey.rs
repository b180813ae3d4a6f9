//! The main workflow from end to end.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

on_every_engine!(a_member_is_reassigned_suspended_restored_and_removed);

async fn a_member_is_reassigned_suspended_restored_and_removed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let reader = ada.create_role(&ada.org, "reader", 15, &["kb:r*"]).await;
    let writer = ada.create_role(&ada.org, "writer", 30, &["kb:w*"]).await;

    let bob = app.bring_in(&ada, "bob", "reader").await;
    let probe = format!("/api/protected?org_id={}", ada.org);
    let granted = bob.get(&probe).await.is(200);
    assert_eq!(granted.json(), json!({ "message": "Access granted", "user_id": bob.id }));

    let assign = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    ada.post(&assign, json!({ "role_id": writer })).await.is(200);
    bob.get(&probe).await.refuses(403, "Access denied. Required: kb:read");
    ada.post(&assign, json!({ "role_id": reader })).await.is(200);
    bob.get(&probe).await.is(200);

    let member = format!("/organizations/{}/users/{}", ada.org, bob.id);
    ada.patch(&member, json!({ "status": "suspended" })).await.is(200);
    let suspended = "Access denied: User access has been suspended in this organization";
    bob.get(&probe).await.refuses(403, suspended);
    ada.patch(&member, json!({ "status": "active" })).await.is(200);
    bob.get(&probe).await.is(200);

    ada.put(&format!("/roles/{reader}?org_id={}", ada.org), json!({ "permissions": ["kb:write"] }))
        .await
        .is(200);
    bob.get(&probe).await.refuses(403, "Access denied. Required: kb:read");

    ada.delete(&member).await.is(204);
    bob.get(&probe).await.refuses(403, "Access denied: User has been removed from this organization");
}

on_every_engine!(authority_is_limited_to_one_organization);

async fn authority_is_limited_to_one_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "admin").await;
    bob.get(&format!("/api/protected?org_id={}", ada.org)).await.is(200);
    let stranger = "User is not a member of this organization";
    bob.get(&format!("/api/protected?org_id={}", eve.org)).await.refuses(403, stranger);
    let nowhere = "0198c5a0-7d3e-7000-8000-000000000001";
    bob.get(&format!("/api/protected?org_id={nowhere}")).await.refuses(403, stranger);
}
