//! Roles and the permission catalogue.

use bailiwick_testkit::app::{Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

fn names(reply: &Reply) -> Vec<Value> {
    reply.json().as_array().unwrap().iter().map(|item| item["name"].clone()).collect()
}

on_every_engine!(an_organization_is_born_with_four);

async fn an_organization_is_born_with_four(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let roles = ada.roles().await.is(200);
    assert_eq!(names(&roles), ["owner", "admin", "member", "guest"]);
    let levels: Vec<_> =
        roles.json().as_array().unwrap().iter().map(|r| r["hierarchy_level"].clone()).collect();
    assert_eq!(levels, [100, 80, 20, 10]);
    let guest = roles.field("/3");
    assert_eq!(guest["is_system_role"], true);
    assert_eq!(
        guest["permissions"],
        json!(["org:read", "users:read", "roles:read", "ws:connect", "kb:read"])
    );
}

on_every_engine!(custom_roles_live_and_die);

async fn custom_roles_live_and_die(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let path = format!("/roles?org_id={}", ada.org);
    let body = json!({ "name": "Editor", "description": "Edits", "hierarchy_level": 30, "permissions": ["kb:w*", "kb:read"] });
    let made = ada.post(&path, body).await.is(201);
    let id = made.text_of("/id");
    assert_eq!(made.field("/permissions"), json!(["kb:w*", "kb:read"]), "as granted, in order");
    assert_eq!(ada.read_role(&id).await.is(200).json(), made.json());

    let changed = ada.change_role(&id, json!({ "hierarchy_level": 31 })).await.is(200);
    assert_eq!((changed.field("/hierarchy_level"), changed.field("/name")), (json!(31), json!("Editor")));
    let emptied = ada.change_role(&id, json!({ "permissions": [] })).await.is(200);
    assert_eq!(emptied.field("/permissions"), json!([]));
    ada.delete_role(&id).await.is(204);
    ada.read_role(&id).await.refuses(404, "Role not found");
}

on_every_engine!(names_and_levels_are_unique);

async fn names_and_levels_are_unique(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let path = format!("/roles?org_id={}", ada.org);
    let id = ada.create_role("editor", 30, &[]).await;
    ada.define_role("Editor", 31, &[]).await.refuses(409, "Role name already exists");
    ada.define_role("writer", 30, &[]).await.refuses(409, "Hierarchy level already in use");
    ada.define_role("editor", 30, &[]).await.refuses(409, "Role name already exists");
    ada.change_role(&id, json!({ "name": "guest" })).await.refuses(409, "Role name already exists");
    ada.change_role(&id, json!({ "hierarchy_level": 10 }))
        .await
        .refuses(409, "Hierarchy level already in use");
    for level in [0, 100, -1, 1000] {
        ada.define_role("x", level, &[]).await.is(422);
    }
    let unseen = json!({ "name": "x", "description": "a\u{0}b", "hierarchy_level": 5, "permissions": [] });
    ada.post(&path, unseen).await.is(422);
    for grant in ["kb", "kb:read:x", "kb:", ":read", "k b:read", "kb:r\u{e9}ad", ""] {
        let reply = ada.define_role("x", 5, &["kb:read", grant]).await.is(422);
        assert_eq!(reply.field("/errors/0/pointer"), "/permissions/1", "{grant}");
    }
    assert_eq!(ada.define_role("x", 5, &["*"]).await.is(201).field("/permissions"), json!(["*"]));
}

on_every_engine!(system_roles_stay_as_they_are);

async fn system_roles_stay_as_they_are(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for name in ["owner", "admin", "member", "guest"] {
        let role = ada.role_id(name).await;
        let renamed = ada.change_role(&role, json!({ "name": "x" })).await;
        renamed.refuses(409, "System roles cannot be changed");
        ada.delete_role(&role).await.refuses(409, "System roles cannot be changed");
    }
}

on_every_engine!(a_role_in_use_is_not_deleted);

async fn a_role_in_use_is_not_deleted(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.create_role("editor", 30, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "editor").await;
    ada.delete_role(&role).await.refuses(409, "Role is assigned to 1 members");
    let invitation = ada.invite("new@example.com", &role).await.is(200).text_of("/id");
    // An invitee with an account also has a membership, and counts once.
    let eve = app.sign_up("eve").await;
    let other = ada.invite(&eve.email, &role).await.is(200).text_of("/id");
    let both = "Role is assigned to 1 members and 2 pending invitations";
    let refused = ada.delete_role(&role).await.refuses(409, both);
    assert_eq!(refused.field("/code"), "role_in_use");
    ada.revoke(&other).await.is(204);
    ada.remove(&bob).await.is(204);
    let waiting = "Role is assigned to 0 members and 1 pending invitations";
    let refused = ada.delete_role(&role).await.refuses(409, waiting);
    assert!(refused.text_of("/hint").starts_with("Revoke the pending invitations"), "{}", refused.text);
    ada.revoke(&invitation).await.is(204);
    ada.delete_role(&role).await.is(204);
    let gone = ada.invitation(&invitation).await.is(200);
    assert_eq!(gone.field("/role"), Value::Null);
}

on_every_engine!(a_permission_given_twice_counts_once);

async fn a_permission_given_twice_counts_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let made = ada.define_role("x", 5, &["kb:read", "ws:*", "kb:read"]).await.is(201);
    assert_eq!(made.field("/permissions"), json!(["kb:read", "ws:*"]));
    let (id, twice) = (made.text_of("/id"), json!({ "permissions": ["ws:*", "kb:*", "ws:*", "kb:*"] }));
    let changed = ada.change_role(&id, twice).await.is(200);
    assert_eq!(changed.field("/permissions"), json!(["ws:*", "kb:*"]));
    assert_eq!(ada.read_role(&id).await.is(200).json(), changed.json());
    let check = json!({ "org_id": ada.org, "permissions": ["kb:read", "kb:read"] });
    let answers = ada.post("/authz/check", check).await.is(200);
    assert_eq!(answers.field("/results").as_array().unwrap().len(), 2, "one answer for each question");
}

on_every_engine!(a_resource_configured_twice_counts_once);

async fn a_resource_configured_twice_counts_once(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.settings.resources = vec!["kb".to_owned(), "kb".to_owned()];
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let roles = ada.roles().await.is(200);
    let guest = json!(["org:read", "users:read", "roles:read", "ws:connect", "kb:read"]);
    assert_eq!(roles.field("/3/permissions"), guest);
}

on_every_engine!(the_catalogue_shows_what_one_may_do);

async fn the_catalogue_shows_what_one_may_do(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("reader", 5, &["kb:r*", "ws:*"]).await;
    let bob = app.bring_in(&ada, "bob", "reader").await;
    assert_eq!(names(&bob.permissions().await.is(200)), ["kb:read", "ws:connect"]);
    let all = bob.catalogue().await.is(200);
    assert_eq!(all.json().as_array().unwrap().len(), 18);
    assert_eq!(names(&all), names(&ada.permissions().await), "the owner may do everything");
    let path = format!("/roles/list_permissions?org_id={}&scope=nonsense", ada.org);
    bob.get(&path).await.is(422);
}

on_every_engine!(a_catalogue_entry_is_private_and_gives_no_grant);

async fn a_catalogue_entry_is_private_and_gives_no_grant(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let body =
        json!({ "resource": "reports", "action": "read", "description": "Read reports", "org_id": ada.org });
    let made = ada.post("/roles/permission", body.clone()).await.is(201);
    assert_eq!(made.field("/name"), "reports:read");
    assert_eq!(ada.post("/roles/permission", body).await.is(200).field("/id"), made.field("/id"));
    let all = async |who: &bailiwick_testkit::app::Caller| {
        names(&who.catalogue().await.is(200)).contains(&json!("reports:read"))
    };
    assert_eq!((all(&ada).await, all(&eve).await), (true, false));
    let bob = app.bring_in(&ada, "bob", "member").await;
    let mine = bob.permissions().await;
    assert!(!names(&mine).contains(&json!("reports:read")));
    for (resource, action) in [("a*", "b"), ("a", "*"), ("a:b", "c"), ("", "c"), ("a", "")] {
        let body = json!({ "resource": resource, "action": action, "org_id": ada.org });
        ada.post("/roles/permission", body).await.is(422);
    }
    let guest = json!({ "resource": "x", "action": "y", "org_id": ada.org });
    bob.post("/roles/permission", guest).await.refuses(403, "Access denied. Required: roles:write");
}

on_every_engine!(without_an_organization_the_only_one_is_meant);

async fn without_an_organization_the_only_one_is_meant(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let body = json!({ "resource": "kb", "action": "publish", "description": "" });
    ada.post("/roles/permission", body.clone()).await.is(201);
    ada.found_org("Second").await.is(201);
    ada.post("/roles/permission", body.clone()).await.refuses(400, "Invalid org id");
    app.operator("UPDATE users SET platform_admin = true").await;
    ada.post("/roles/permission", body).await.is(201);
    let eve = app.sign_up("eve").await;
    let all = eve.permissions().await.is(200);
    assert!(names(&all).contains(&json!("kb:publish")), "global entries are seen everywhere");
}
