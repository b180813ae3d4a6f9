//! Questions about authority: which callers may ask, the answers, and which members hold a permission.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

const STRANGER: &str = "User is not a member of this organization";
const UNKNOWN: &str = "0198c5a0-7d3e-7000-8000-000000000001";

fn allowed(reply: &Reply) -> Vec<bool> {
    let results = reply.field("/results");
    results.as_array().unwrap().iter().map(|result| result["allowed"].as_bool().unwrap()).collect()
}

/// Returns the answers about `who` in the organization of `owner`, asked by the owner.
async fn check(owner: &Caller, who: &str, permissions: &[&str]) -> Reply {
    let body = json!({ "org_id": owner.org, "user_id": who, "permissions": permissions });
    owner.post("/authz/check", body).await
}

on_every_engine!(what_one_may_do_is_told_in_the_order_asked);

async fn what_one_may_do_is_told_in_the_order_asked(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "blind", 30, &["kb:r*", "*:list"]).await;
    let bob = app.bring_in(&ada, "bob", "blind").await;
    let questions = ["kb:write", "kb:read", "docs:list", "roles:read", "kb:write"];
    let body = json!({ "org_id": ada.org, "permissions": questions });
    let own = bob.post("/authz/check", body.clone()).await.is(200);
    assert_eq!(own.field("/results/1"), json!({ "permission": "kb:read", "allowed": true }));
    let asked: Vec<_> =
        own.field("/results").as_array().unwrap().iter().map(|r| r["permission"].clone()).collect();
    assert_eq!(asked, questions);
    assert_eq!(allowed(&own), [false, true, true, false, false]);
    for id in [bob.id.clone(), bob.id.to_uppercase()] {
        let body = json!({ "org_id": ada.org, "permissions": questions, "user_id": id });
        assert_eq!(bob.post("/authz/check", body).await.is(200).json(), own.json());
    }
    assert_eq!(check(&ada, &bob.id, &questions).await.is(200).json(), own.json());
    assert_eq!(allowed(&ada.post("/authz/check", body).await), [true; 5]);
}

on_every_engine!(about_others_one_asks_with_roles_read_before_anything_is_looked_at);

async fn about_others_one_asks_with_roles_read_before_anything_is_looked_at(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    ada.create_role(&ada.org, "blind", 30, &["kb:read"]).await;
    let bob = app.bring_in(&ada, "bob", "blind").await;
    let required = "Access denied. Required: roles:read";
    for path in ["/authz/check", "/authz/explain"] {
        for user in [json!(ada.id), json!(eve.id), json!(UNKNOWN), json!("x"), json!(""), json!(7)] {
            let body = json!({ "org_id": ada.org, "user_id": user, "permissions": 5, "permission": "?" });
            bob.post(path, body).await.refuses(403, required);
        }
        let twice = format!(r#"{{"org_id":"{}","user_id":"{}","user_id":"{}"}}"#, ada.org, ada.id, bob.id);
        let twice = bob.request(Method::POST, path).header("content-type", "application/json").body(twice);
        bob.send(twice).await.refuses(403, required);

        let nonsense = json!({ "org_id": ada.org, "permissions": 5, "permission": 5 });
        app.anyone().post(path, nonsense.clone()).await.refuses(401, "Missing authentication credentials");
        eve.post(path, nonsense.clone()).await.refuses(403, STRANGER);
        bob.post(path, nonsense).await.is(422);
        bob.post(path, json!({ "user_id": ada.id })).await.refuses(400, "Invalid org id");
        bob.post(path, json!({ "org_id": "x" })).await.refuses(400, "Invalid org id");
        let query = format!("{path}?org_id={}", ada.org);
        bob.post(&query, json!({ "org_id": eve.org })).await.refuses(400, "Conflicting org ids");
        let broken = ada.request(Method::POST, &query).header("content-type", "application/json").body("{");
        ada.send(broken).await.refuses(400, "Malformed JSON");
        ada.send(ada.request(Method::POST, &query)).await.is(415);
    }
    app.operator("UPDATE users SET status = 'inactive'").await;
    bob.post("/authz/check", json!({})).await.refuses(403, "User account is deactivated");
}

on_every_engine!(each_wrong_question_is_pointed_at);

async fn each_wrong_question_is_pointed_at(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let path = format!("/authz/check?org_id={}", ada.org);
    let body = json!({ "permissions": ["kb:read", "kb", "kb:read", "kb:*", "*"], "user_id": "x" });
    let refused = ada.post(&path, body).await.refuses(422, "Validation failed");
    let pointers: Vec<_> =
        refused.field("/errors").as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/permissions/1", "/permissions/3", "/permissions/4"]);
    let many = |count: usize| json!({ "permissions": vec!["kb:read"; count] });
    for (body, code) in [
        (json!({}), "required"),
        (many(0), "too_short"),
        (many(101), "too_long"),
        (json!({ "permissions": null }), "required"),
    ] {
        let refused = ada.post(&path, body).await.is(422);
        assert_eq!(
            (refused.field("/errors/0/pointer"), refused.field("/errors/0/code")),
            (json!("/permissions"), json!(code))
        );
    }
    assert_eq!(allowed(&ada.post(&path, many(100)).await.is(200)), [true; 100]);
    let explain = format!("/authz/explain?org_id={}", ada.org);
    for body in [json!({}), json!({ "permission": "kb:*" }), json!({ "permission": ["kb:read"] })] {
        assert_eq!(ada.post(&explain, body).await.is(422).field("/errors/0/pointer"), "/permission");
    }
}

on_every_engine!(a_user_who_is_no_member_is_not_found);

async fn a_user_who_is_no_member_is_not_found(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let (bob, zoe) = (app.bring_in(&ada, "bob", "member").await, app.sign_up("zoe").await);
    ada.delete(&format!("/organizations/{}/users/{}", ada.org, bob.id)).await.is(204);
    let role = ada.role_id(&ada.org, "member").await;
    let invite = json!({ "email": zoe.email, "org_id": ada.org, "role_id": role });
    ada.post("/auth/invite", invite).await.is(200);
    assert_eq!(allowed(&check(&ada, &zoe.id, &["kb:read"]).await.is(200)), [false]);
    app.clock.advance(Duration::hours(48));
    let ada = Caller { org: ada.org.clone(), ..app.log_in(&ada.email).await };
    for id in [UNKNOWN, "x", "", &eve.id, &bob.id, &zoe.id] {
        let refused = check(&ada, id, &["kb:read"]).await.refuses(404, STRANGER);
        assert_eq!(refused.field("/code"), "member_not_found");
        let body = json!({ "org_id": ada.org, "user_id": id, "permission": "kb:read" });
        ada.post("/authz/explain", body).await.refuses(404, STRANGER);
    }
}

on_every_engine!(who_is_suspended_or_switched_off_may_nothing);

async fn who_is_suspended_or_switched_off_may_nothing(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let questions = ["kb:read", "kb:write", "org:delete"];
    let now = async || allowed(&check(&ada, &bob.id, &questions).await.is(200));
    assert_eq!(now().await, [true, true, false]);
    let member = format!("/organizations/{}/users/{}", ada.org, bob.id);
    ada.patch(&member, json!({ "status": "suspended" })).await.is(200);
    assert_eq!(now().await, [false; 3]);
    ada.patch(&member, json!({ "status": "active" })).await.is(200);
    let off = format!("UPDATE users SET status = 'inactive' WHERE email = '{}'", bob.email);
    app.operator(&off).await;
    assert_eq!(now().await, [false; 3]);
}

fn listed(reply: &Reply) -> Vec<Value> {
    reply.field("/items").as_array().unwrap().iter().map(|item| item["email"].clone()).collect()
}

on_every_engine!(who_can_lists_those_who_can_now_and_why);

async fn who_can_lists_those_who_can_now_and_why(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    ada.create_role(&ada.org, "writer", 30, &["docs:read", "kb:w*"]).await;
    let bob = app.bring_in(&ada, "bob", "writer").await;
    app.bring_in(&ada, "kim", "guest").await;
    let (sam, ida) = (app.bring_in(&ada, "sam", "member").await, app.bring_in(&ada, "ida", "member").await);
    ada.patch(&format!("/organizations/{}/users/{}", ada.org, sam.id), json!({ "status": "suspended" }))
        .await
        .is(200);
    let off = format!("UPDATE users SET status = 'inactive' WHERE email = '{}'", ida.email);
    app.operator(&off).await;
    let path = format!("/authz/who-can?org_id={}&permission=kb:write", ada.org);
    let found = ada.get(&path).await.is(200);
    assert_eq!(listed(&found), ["ada@example.com", "bob@example.com"]);
    assert_eq!(found.field("/next_cursor"), Value::Null);
    let item = found.field("/items/1");
    assert_eq!(
        (&item["id"], &item["full_name"], &item["grant"]),
        (&json!(bob.id), &json!("bob Tester"), &json!("kb:w*"))
    );
    assert_eq!((&item["role"]["name"], &item["role"]["hierarchy_level"]), (&json!("writer"), &json!(30)));
    assert_eq!(found.field("/items/0/grant"), "*:*");

    bob.get(&path).await.refuses(403, "Access denied. Required: roles:read");
    eve.get(&path).await.refuses(403, STRANGER);
    app.anyone().get(&path).await.refuses(401, "Missing authentication credentials");
    for query in ["", "&permission=", "&permission=kb:*", "&permission=kb"] {
        let refused = ada.get(&format!("/authz/who-can?org_id={}{query}", ada.org)).await.is(422);
        assert_eq!(refused.field("/errors/0/pointer"), "/permission", "{query}");
    }
    let nobody_else = ada.get(&format!("/authz/who-can?org_id={}&permission=nothing:like-it", ada.org)).await;
    assert_eq!(listed(&nobody_else.is(200)), ["ada@example.com"]);
}

on_every_engine!(who_can_shows_no_address_to_who_may_not_see_members);

async fn who_can_shows_no_address_to_who_may_not_see_members(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "auditor", 30, &["roles:read"]).await;
    let bob = app.bring_in(&ada, "bob", "auditor").await;
    let found = bob.get(&format!("/authz/who-can?org_id={}&permission=kb:read", ada.org)).await.is(200);
    assert_eq!(
        (found.field("/items/0/id"), found.field("/items/0/role/name")),
        (json!(ada.id), json!("owner"))
    );
    assert!(!found.text.contains("example.com") && !found.text.contains("Tester"), "{}", found.text);
}

on_every_engine!(pages_of_who_can_are_exact_and_bound);

async fn pages_of_who_can_are_exact_and_bound(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    for (name, role) in [("b", "guest"), ("c", "member"), ("d", "guest"), ("e", "admin"), ("f", "guest")] {
        app.bring_in(&ada, name, role).await;
    }
    let path =
        |permission: &str| format!("/authz/who-can?org_id={}&permission={permission}&limit=1", ada.org);
    let (mut found, mut next) = (Vec::new(), path("kb:write"));
    loop {
        let page = ada.get(&next).await.is(200);
        assert_eq!(listed(&page).len(), 1, "no page is empty");
        found.extend(listed(&page));
        match page.field("/next_cursor").as_str() {
            Some(cursor) => next = format!("{}&cursor={cursor}", path("kb:write")),
            None => break,
        }
    }
    assert_eq!(found, ["ada@example.com", "c@example.com", "e@example.com"]);
    let cursor = ada.get(&path("kb:write")).await.text_of("/next_cursor");
    ada.get(&format!("{}&cursor={cursor}", path("kb:read"))).await.refuses(400, "Invalid cursor");
    ada.get(&format!("{}&cursor=x", path("kb:write"))).await.refuses(400, "Invalid cursor");
    let theirs = format!("/authz/who-can?org_id={}&permission=kb:write&cursor={cursor}", eve.org);
    eve.get(&theirs).await.refuses(400, "Invalid cursor");
    assert_eq!(ada.get(&format!("{}&limit=0", path("kb:write").replace("&limit=1", ""))).await.status, 422);
}
