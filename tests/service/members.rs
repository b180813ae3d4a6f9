//! Members: reading, suspending, removing, leaving.

use bailiwick_testkit::app::{Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

const LAST_OWNER: &str = "Organization needs an active owner";
const STRANGER: &str = "User is not a member of this organization";

on_every_engine!(one_member_shows_account_membership_and_role);

async fn one_member_shows_account_membership_and_role(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let found = ada.member(&bob).await.is(200);
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
        ada.member(id).await.refuses(404, STRANGER);
    }
}

on_every_engine!(oneself_is_always_readable);

async fn oneself_is_always_readable(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("blind", 5, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "blind").await;
    bob.member(&bob).await.is(200);
    bob.member(&ada).await.refuses(403, "Access denied. Required: users:read");
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
        let reply = ada.members_by(query).await.is(200);
        emails(&reply)
    };
    assert_eq!(list("").await.len(), 4);
    assert_eq!(list("search=B_B").await, ["b_b@example.com"]);
    assert_eq!(list("search=%25").await, Vec::<Value>::new());
    assert_eq!(list("search=oe%20Tes").await, ["zoe@example.com"]);
    let owner = ada.role_id("owner").await;
    assert_eq!(list(&format!("role_id={owner}")).await, ["ada@example.com"]);
    assert_eq!(list("status=suspended").await, Vec::<Value>::new());
    ada.members_by("status=nonsense").await.is(422);

    let page = ada.members_by("limit=3").await.is(200);
    let cursor = page.text_of("/next_cursor");
    let rest = list(&format!("limit=3&cursor={cursor}")).await;
    assert_eq!(rest.len(), 1);
    assert!(!emails(&page).contains(&rest[0]));
    ada.members_by(&format!("search=b&cursor={cursor}")).await.is(400);
}

on_every_engine!(a_removed_member_comes_back_only_by_invitation);

async fn a_removed_member_comes_back_only_by_invitation(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    ada.remove(&bob).await.is(204);
    ada.member(&bob).await.refuses(404, STRANGER);
    ada.remove(&bob).await.refuses(404, STRANGER);
    ada.restore(&bob).await.refuses(404, STRANGER);
    ada.assign(&bob, "member").await.refuses(404, STRANGER);
    let listed = ada.members_by("search=bob").await.is(200);
    assert_eq!(listed.field("/items"), json!([]));

    ada.invite(&bob.email, "member").await.is(200);
    let pending = "Access denied: User invitation is still pending acceptance";
    bob.protected().await.refuses(403, pending);
    let token = app.post.secret_for(&bob.email).await;
    bob.accept_token(&token).await.is(200);
    bob.protected().await.is(200);
}

on_every_engine!(an_organization_keeps_an_active_owner);

async fn an_organization_keeps_an_active_owner(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let refused = ada.leave().await.refuses(409, LAST_OWNER);
    assert_eq!(refused.field("/code"), "last_owner");
    ada.assign(&ada, "guest").await.refuses(409, LAST_OWNER);
    ada.suspend(&ada).await.refuses(409, LAST_OWNER);
    ada.remove(&ada).await.refuses(409, LAST_OWNER);

    let bob = app.bring_in(&ada, "bob", "owner").await;
    ada.suspend(&bob).await.is(200);
    ada.leave().await.refuses(409, LAST_OWNER);
    ada.restore(&bob).await.is(200);
    ada.leave().await.is(204);
    ada.read_org().await.refuses(403, "Access denied: User has been removed from this organization");
}

on_every_engine!(members_cannot_act_on_peers_or_superiors);

async fn members_cannot_act_on_peers_or_superiors(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (bob, zoe) = (app.bring_in(&ada, "bob", "admin").await, app.bring_in(&ada, "zoe", "admin").await);
    let above = "Target is not below your level";
    for target in [&ada, &zoe, &bob] {
        bob.suspend(target).await.refuses(403, above);
        bob.remove(target).await.refuses(403, above);
        bob.assign(target, "guest").await.refuses(403, above);
    }
    ada.remove(&zoe).await.is(204);
}

on_every_engine!(assigning_restores_a_suspended_member);

async fn assigning_restores_a_suspended_member(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.user("bob").in_org(&ada).role("guest").suspended().await;
    let assigned = ada.assign(&bob, "member").await.is(200);
    assert_eq!((assigned.field("/status"), assigned.field("/role/name")), (json!("active"), json!("member")));
    bob.protected().await.is(200);
}
