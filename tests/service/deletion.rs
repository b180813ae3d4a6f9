//! Deleting accounts for good.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

use crate::logins::{PASSWORD, log_in, refresh, refuses_refresh, root, rows, try_password};

const NOT_BELOW: &str = "Target is not below your level";
const UNKNOWN: &str = "User not found";

async fn delete(who: &Caller, whom: &Caller) -> Reply {
    who.delete(&format!("/users/{}", whom.id)).await
}

async fn exists(app: &TestApp, whom: &Caller) -> bool {
    rows(app, &format!("SELECT email FROM users WHERE email = '{}'", whom.email)).await.len() == 1
}

on_every_engine!(a_deleted_account_is_gone);

async fn a_deleted_account_is_gone(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let (phone, renewal) = log_in(&app, &ada.email).await;
    let done = delete(&root, &ada).await.is(204);
    assert_eq!(done.text, "");
    for caller in [&ada, &phone] {
        for path in ["/auth/me", "/auth/sessions", &format!("/organizations/{}", ada.org)] {
            let reply = caller.get(path).await.refuses(401, "Invalid or expired token");
            assert_eq!(reply.header("www-authenticate"), r#"Bearer error="invalid_token""#);
        }
    }
    refuses_refresh(refresh(&app, &renewal).await);
    try_password(&app, &ada.email, PASSWORD).await.refuses(401, "Incorrect username or password");
    delete(&root, &ada).await.refuses(404, UNKNOWN);
    for table in ["users", "sessions", "memberships", "organizations"] {
        assert_eq!(rows(&app, &format!("SELECT 'x' FROM {table}")).await.len(), 1, "{table}: root's alone");
    }
    let again = app.sign_up("ada").await;
    assert_ne!(again.id, ada.id);
    ada.get("/auth/me").await.refuses(401, "Invalid or expired token");
}

on_every_engine!(an_administrator_of_the_platform_deletes_anybody);

async fn an_administrator_of_the_platform_deletes_anybody(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let reply = delete(&root, &ada).await.refuses(409, "Organization needs an active owner");
    assert_eq!(reply.field("/code"), "last_owner");
    ada.get("/auth/me").await.is(200);
    for id in [ada.org.as_str(), "x"] {
        root.delete(&format!("/users/{id}")).await.refuses(404, UNKNOWN);
    }
    bob.delete("/auth/me").await.is(200);
    delete(&root, &bob).await.is(204);
    assert!(!exists(&app, &bob).await);
    ada.get(&format!("/organizations/{}", ada.org)).await.is(200);
    app.anyone()
        .delete(&format!("/users/{}", ada.id))
        .await
        .refuses(401, "Missing authentication credentials");
}

on_every_engine!(others_need_the_permission_and_to_stand_above);

async fn others_need_the_permission_and_to_stand_above(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let boss = app.bring_in(&ada, "boss", "admin").await;
    let peer = app.bring_in(&ada, "peer", "admin").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let guest = app.bring_in(&ada, "guest", "guest").await;

    delete(&bob, &guest).await.refuses(403, "Access denied. Required: users:delete");
    delete(&boss, &peer).await.refuses(403, NOT_BELOW);
    delete(&boss, &ada).await.refuses(403, NOT_BELOW);
    delete(&boss, &boss).await.refuses(403, NOT_BELOW);
    // A caller outside does not learn whether the account exists, because the response is the same.
    for (who, whom) in [(&boss, &eve), (&eve, &bob), (&bob, &eve)] {
        delete(who, whom).await.refuses(404, UNKNOWN);
    }
    boss.delete(&format!("/users/{}", ada.org)).await.refuses(404, UNKNOWN);
    boss.delete("/users/x").await.refuses(404, UNKNOWN);
    for spared in [&ada, &eve, &boss, &peer, &bob, &guest] {
        assert!(exists(&app, spared).await, "{}", spared.email);
    }
    delete(&boss, &guest).await.is(204);
    delete(&ada, &boss).await.is(204);
    assert_eq!(
        ada.get(&format!("/organizations/{}/users", ada.org)).await.field("/items").as_array().unwrap().len(),
        3
    );
}

on_every_engine!(faults_of_the_body_are_reported_after_the_right_to_delete);

async fn faults_of_the_body_are_reported_after_the_right_to_delete(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "member").await;
    let guest = app.bring_in(&ada, "guest", "guest").await;
    let with_body = async |who: &Caller, id: &str, body: &'static str| {
        who.send(who.request(Method::DELETE, &format!("/users/{id}")).body(body)).await
    };
    for body in ["[0]", "{", "5"] {
        with_body(&bob, &guest.id, body).await.refuses(403, "Access denied. Required: users:delete");
        with_body(&eve, &guest.id, body).await.refuses(404, UNKNOWN);
        with_body(&ada, "x", body).await.refuses(404, UNKNOWN);
        let status = if body == "{" { 400 } else { 422 };
        with_body(&ada, &guest.id, body).await.is(status);
    }
    assert!(exists(&app, &guest).await);
    // A platform administrator may delete any account, so the body is checked next.
    let root = root(&app).await;
    for id in [&ada.org, "x"] {
        with_body(&root, id, "[0]").await.is(422);
        with_body(&root, id, "[]").await.refuses(404, UNKNOWN);
    }
    with_body(&ada, &guest.id, "[]").await.is(204);
}

on_every_engine!(one_must_stand_above_wherever_the_person_is);

async fn one_must_stand_above_wherever_the_person_is(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "member").await;
    let join = async |who: &Caller, role: &str| {
        let role = eve.role_id(&eve.org, role).await;
        let body = json!({ "email": who.email, "org_id": eve.org, "role_id": role });
        eve.post("/auth/invite", body).await.is(200);
        let token = app.post.secret_for(&who.email).await;
        who.post("/invitations/accept", json!({ "token": token })).await.is(200);
    };
    app.post.take_for(&bob.email);
    join(&bob, "member").await;
    delete(&ada, &bob).await.refuses(403, NOT_BELOW);
    app.post.take_for(&ada.email);
    join(&ada, "member").await;
    delete(&ada, &bob).await.refuses(403, "Access denied. Required: users:delete");
    let admin = eve.role_id(&eve.org, "admin").await;
    let path = format!("/roles/{}/users/{}/roles", eve.org, ada.id);
    eve.post(&path, json!({ "role_id": admin })).await.is(200);

    // A suspended caller has no authority as a member; a suspended target is still a member.
    let member = |whom: &Caller| format!("/organizations/{}/users/{}", eve.org, whom.id);
    eve.patch(&member(&ada), json!({ "status": "suspended" })).await.is(200);
    delete(&ada, &bob).await.refuses(403, NOT_BELOW);
    eve.patch(&member(&ada), json!({ "status": "active" })).await.is(200);
    eve.patch(&member(&bob), json!({ "status": "suspended" })).await.is(200);
    delete(&ada, &bob).await.is(204);
    let told = eve.get(&format!("/audit?org_id={}&action=member.remove", eve.org)).await.is(200);
    assert_eq!(told.field("/items/0/target/id"), *bob.id, "{}", told.text);
}

on_every_engine!(an_invitation_gives_no_power_over_anybody);

async fn an_invitation_gives_no_power_over_anybody(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let role = eve.role_id(&eve.org, "guest").await;
    let body = json!({ "email": ada.email, "org_id": eve.org, "role_id": role });
    eve.post("/auth/invite", body).await.is(200);
    delete(&eve, &ada).await.refuses(404, UNKNOWN);
    let root = root(&app).await;
    delete(&root, &ada).await.is(204);
    let members = eve.get(&format!("/organizations/{}/users", eve.org)).await.is(200);
    assert_eq!(members.field("/items").as_array().unwrap().len(), 1);
}

on_every_engine!(administrators_of_the_platform_are_above_organizations);

async fn administrators_of_the_platform_are_above_organizations(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = crate::audit::promoted(&app, app.bring_in(&ada, "bob", "guest").await).await;
    delete(&ada, &bob).await.refuses(403, NOT_BELOW);
    bob.get("/auth/me").await.is(200);
}

on_every_engine!(what_the_person_did_for_others_stays);

async fn what_the_person_did_for_others_stays(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let boss = app.bring_in(&ada, "boss", "admin").await;
    let boss = Caller { org: ada.org.clone(), ..boss };
    let hers = app.bring_in(&boss, "hers", "member").await;
    let role = boss.role_id(&ada.org, "guest").await;
    let open = json!({ "email": "open@example.com", "org_id": ada.org, "role_id": role });
    boss.post("/auth/invite", open).await.is(200);
    let token = app.post.secret_for("open@example.com").await;
    let custom = boss.create_role(&ada.org, "custom", 15, &["kb:read"]).await;
    let history = async || {
        let path = format!("/audit?org_id={}&actor={}&limit=100", ada.org, boss.id);
        ada.get(&path).await.is(200).field("/items")
    };
    let before = history().await;
    assert!(before.as_array().unwrap().len() >= 3);
    delete(&root, &boss).await.is(204);

    assert_eq!(history().await, before);
    hers.get(&format!("/users/me?org_id={}", ada.org)).await.is(200);
    ada.get(&format!("/roles/{custom}?org_id={}", ada.org)).await.is(200);
    let invitations = ada.get(&format!("/invitations?org_id={}&status=pending", ada.org)).await.is(200);
    assert_eq!(invitations.field("/items/0/email"), "open@example.com");
    // The inviter is deleted, so the offered role can no longer be granted.
    let body = json!({ "token": token, "email": "open@example.com", "password": PASSWORD,
        "first_name": "O", "last_name": "P" });
    let signup = app.anyone().post("/auth/signup-invite", body).await;
    signup.refuses(403, "Inviter may no longer grant this role");
}

on_every_engine!(two_owners_deleting_each_other_leave_one);

async fn two_owners_deleting_each_other_leave_one(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for round in 0..20 {
        let ada = app.sign_up(&format!("ada{round}")).await;
        let bob = app.bring_in(&ada, &format!("bob{round}"), "owner").await;
        let (one, two) = tokio::join!(delete(&ada, &bob), delete(&bob, &ada));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 401], "{} {}", one.text, two.text);
        assert!(exists(&app, &ada).await != exists(&app, &bob).await);
    }
}

on_every_engine!(people_who_are_switched_off_keep_their_organization);

async fn people_who_are_switched_off_keep_their_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "owner").await;
    bob.delete("/auth/me").await.is(200);
    delete(&root, &ada).await.is(204);
    root.post(&format!("/users/{}/activate", bob.id), json!({})).await.is(204);
    let (bob, _) = log_in(&app, &bob.email).await;
    let me = bob.get("/auth/me").await.is(200);
    assert_eq!(me.field("/organizations/0/id"), *ada.org, "it was archived, and is back");
    assert_eq!(me.field("/organizations/0/role/name"), "owner");
}
