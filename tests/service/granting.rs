//! No caller grants more than they have (contract, section 3).

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use crate::logins::mail_to;

const BEYOND: &str = "You cannot grant what you do not hold";
const ABOVE: &str = "Target is not below your level";

on_every_engine!(no_self_promotion);

/// Editing a role, a new role, a wildcard, a level or an assignment: none raises the caller.
async fn no_self_promotion(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let grants = ["roles:*", "users:*", "invitations:*", "kb:r*"];
    let own = ada.create_role("manager", 50, &grants).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    let define = async |level: i64, grant: &str| bob.define_role("x", level, &[grant]).await;
    for grant in ["*", "*:*", "kb:*", "*:read", "kb:write", "org:delete", "*b:read"] {
        define(40, grant).await.refuses(403, BEYOND);
    }
    define(50, "kb:read").await.refuses(403, ABOVE);
    define(99, "kb:read").await.refuses(403, ABOVE);
    bob.change_role(&own, json!({ "permissions": ["*"] })).await.refuses(403, ABOVE);
    let low = define(40, "kb:read").await.is(201).text_of("/id");
    bob.change_role(&low, json!({ "permissions": ["*"] })).await.refuses(403, BEYOND);
    bob.change_role(&low, json!({ "hierarchy_level": 50 })).await.refuses(403, ABOVE);
    for name in ["owner", "admin", "x"] {
        bob.assign(&bob, name).await.refuses(403, ABOVE);
    }
}

on_every_engine!(assigning_and_inviting_follow_the_same_rules);

async fn assigning_and_inviting_follow_the_same_rules(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("manager", 50, &["roles:read", "users:*", "invitations:*", "kb:read"]).await;
    ada.create_role("powerful", 40, &["billing:*"]).await;
    ada.create_role("reader", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    let zoe = app.bring_in(&ada, "zoe", "guest").await;
    for (role, refusal) in
        [("powerful", Some(BEYOND)), ("admin", Some(ABOVE)), ("owner", Some(ABOVE)), ("reader", None)]
    {
        let assign = bob.assign(&zoe, role).await;
        let invite = bob.invite(&format!("{role}@example.com"), role).await;
        for reply in [assign, invite] {
            match refusal {
                Some(text) => drop(reply.refuses(403, text)),
                None => drop(reply.is(200)),
            }
        }
    }
    assert_eq!(mail_to(&app, "reader@example.com").await, ["invitation"]);
}

on_every_engine!(an_owner_makes_and_unmakes_owners);

async fn an_owner_makes_and_unmakes_owners(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "owner").await;
    ada.assign(&bob, "guest").await.is(200);
    ada.assign(&bob, "owner").await.is(200);
    bob.remove(&ada).await.is(204);
}

on_every_engine!(the_inviters_right_is_checked_again);

async fn the_inviters_right_is_checked_again(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    bob.invite("new@example.com", "member").await.is(200);
    let token = app.post.secret_for("new@example.com").await;
    let sign_up = json!({ "token": token, "email": "new@example.com", "password": "securePassword123",
        "first_name": "N", "last_name": "W" });
    let lost = "Inviter may no longer grant this role";
    ada.suspend(&bob).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up.clone()).await.refuses(403, lost);
    ada.restore(&bob).await.is(200);
    ada.assign(&bob, "guest").await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up.clone()).await.refuses(403, lost);
    ada.assign(&bob, "admin").await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up).await.is(201);
}

on_every_engine!(the_role_is_looked_at_as_it_is_at_acceptance);

async fn the_role_is_looked_at_as_it_is_at_acceptance(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("manager", 50, &["invitations:*", "roles:read", "kb:read"]).await;
    let offered = ada.create_role("reader", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "manager").await;
    bob.invite("new@example.com", &offered).await.is(200);
    let token = app.post.secret_for("new@example.com").await;
    let sign_up = json!({ "token": token, "email": "new@example.com", "password": "securePassword123",
        "first_name": "N", "last_name": "W" });
    for grown in
        [json!({ "permissions": ["kb:*"] }), json!({ "permissions": ["kb:read"], "hierarchy_level": 60 })]
    {
        ada.change_role(&offered, grown).await.is(200);
        let refused = app.anyone().post("/auth/signup-invite", sign_up.clone()).await;
        refused.refuses(403, "Inviter may no longer grant this role");
    }
    ada.change_role(&offered, json!({ "hierarchy_level": 6 })).await.is(200);
    app.anyone().post("/auth/signup-invite", sign_up).await.is(201);
}
