//! No caller grants more than they have (contract, section 3).

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

const BEYOND: &str = "You cannot grant what you do not hold";
const ABOVE: &str = "Target is not below your level";

on_every_engine!(no_self_promotion);

/// Editing a role, a new role, a wildcard, a level or an assignment: none raises the caller.
async fn no_self_promotion(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let org = format!("org_id={}", ada.org);
    let grants = ["roles:*", "users:*", "invitations:*", "kb:r*"];
    let own = ada.create_role(&ada.org, "manager", 50, &grants).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    let role =
        |level: i64, grant: &str| json!({ "name": "x", "hierarchy_level": level, "permissions": [grant] });
    for grant in ["*", "*:*", "kb:*", "*:read", "kb:write", "org:delete", "*b:read"] {
        bob.post(&format!("/roles?{org}"), role(40, grant)).await.refuses(403, BEYOND);
    }
    bob.post(&format!("/roles?{org}"), role(50, "kb:read")).await.refuses(403, ABOVE);
    bob.post(&format!("/roles?{org}"), role(99, "kb:read")).await.refuses(403, ABOVE);
    bob.put(&format!("/roles/{own}?{org}"), json!({ "permissions": ["*"] })).await.refuses(403, ABOVE);
    let low = bob.post(&format!("/roles?{org}"), role(40, "kb:read")).await.is(201).text_of("/id");
    let edit = format!("/roles/{low}?{org}");
    bob.put(&edit, json!({ "permissions": ["*"] })).await.refuses(403, BEYOND);
    bob.put(&edit, json!({ "hierarchy_level": 50 })).await.refuses(403, ABOVE);
    let myself = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    for name in ["owner", "admin", "x"] {
        let role = bob.role_id(&ada.org, name).await;
        bob.post(&myself, json!({ "role_id": role })).await.refuses(403, ABOVE);
    }
}

on_every_engine!(assigning_and_inviting_follow_the_same_rules);

async fn assigning_and_inviting_follow_the_same_rules(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "manager", 50, &["roles:read", "users:*", "invitations:*", "kb:read"]).await;
    ada.create_role(&ada.org, "powerful", 40, &["billing:*"]).await;
    ada.create_role(&ada.org, "reader", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    let zoe = app.bring_in(&ada, "zoe", "guest").await;
    for (role, refusal) in
        [("powerful", Some(BEYOND)), ("admin", Some(ABOVE)), ("owner", Some(ABOVE)), ("reader", None)]
    {
        let role_id = bob.role_id(&ada.org, role).await;
        let assign = bob
            .post(&format!("/roles/{}/users/{}/roles", ada.org, zoe.id), json!({ "role_id": role_id }))
            .await;
        let body = json!({ "email": format!("{role}@example.com"), "org_id": ada.org, "role_id": role_id });
        let invite = bob.post("/auth/invite", body).await;
        for reply in [assign, invite] {
            match refusal {
                Some(text) => drop(reply.refuses(403, text)),
                None => drop(reply.is(200)),
            }
        }
    }
}

on_every_engine!(an_owner_makes_and_unmakes_owners);

async fn an_owner_makes_and_unmakes_owners(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "owner").await;
    let path = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    let guest = ada.role_id(&ada.org, "guest").await;
    let owner = ada.role_id(&ada.org, "owner").await;
    ada.post(&path, json!({ "role_id": guest })).await.is(200);
    ada.post(&path, json!({ "role_id": owner })).await.is(200);
    bob.delete(&format!("/organizations/{}/users/{}", ada.org, ada.id)).await.is(204);
}

on_every_engine!(the_inviters_right_is_checked_again);

async fn the_inviters_right_is_checked_again(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let role = bob.role_id(&ada.org, "member").await;
    let body = json!({ "email": "new@example.com", "org_id": ada.org, "role_id": role });
    bob.post("/auth/invite", body).await.is(200);
    let token = app.post.secret_for("new@example.com").await;
    let member = format!("/organizations/{}/users/{}", ada.org, bob.id);
    let sign_up = json!({ "token": token, "email": "new@example.com", "password": "securePassword123",
        "first_name": "N", "last_name": "W" });
    let lost = "Inviter may no longer grant this role";
    ada.patch(&member, json!({ "status": "suspended" })).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up.clone()).await.refuses(403, lost);
    ada.patch(&member, json!({ "status": "active" })).await.is(200);
    let assign = format!("/roles/{}/users/{}/roles", ada.org, bob.id);
    let guest = ada.role_id(&ada.org, "guest").await;
    ada.post(&assign, json!({ "role_id": guest })).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up.clone()).await.refuses(403, lost);
    let admin = ada.role_id(&ada.org, "admin").await;
    ada.post(&assign, json!({ "role_id": admin })).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up).await.is(201);
}

on_every_engine!(the_role_is_looked_at_as_it_is_at_acceptance);

async fn the_role_is_looked_at_as_it_is_at_acceptance(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "manager", 50, &["invitations:*", "roles:read", "kb:read"]).await;
    let offered = ada.create_role(&ada.org, "reader", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    let body = json!({ "email": "new@example.com", "org_id": ada.org, "role_id": offered });
    bob.post("/auth/invite", body).await.is(200);
    let token = app.post.secret_for("new@example.com").await;
    let sign_up = json!({ "token": token, "email": "new@example.com", "password": "securePassword123",
        "first_name": "N", "last_name": "W" });
    let role = format!("/roles/{offered}?org_id={}", ada.org);
    for grown in
        [json!({ "permissions": ["kb:*"] }), json!({ "permissions": ["kb:read"], "hierarchy_level": 60 })]
    {
        ada.put(&role, grown).await.is(200);
        let refused = app.anyone().post("/auth/signup-invite", sign_up.clone()).await;
        refused.refuses(403, "Inviter may no longer grant this role");
    }
    ada.put(&role, json!({ "hierarchy_level": 6 })).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up).await.is(201);
}
