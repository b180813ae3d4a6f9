//! Changing the order of roles.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

const NOBODYS: &str = "0198c5a0-7d3e-7000-8000-000000000001";

async fn reorder(who: &Caller, org: &str, roles: &[&str]) -> Reply {
    who.post(&format!("/roles/reorder?org_id={org}"), json!({ "role_ids": roles })).await
}

async fn list(who: &Caller) -> Value {
    who.get(&format!("/roles/list_roles?org_id={}", who.org)).await.is(200).json()
}

/// Name and level of each custom role, highest first.
fn custom(roles: &Value) -> Vec<(&str, i64)> {
    let custom = roles.as_array().unwrap().iter().filter(|role| role["is_system_role"] == false);
    custom.map(|role| (role["name"].as_str().unwrap(), role["hierarchy_level"].as_i64().unwrap())).collect()
}

on_every_engine!(the_levels_are_given_out_anew);

async fn the_levels_are_given_out_anew(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let a = ada.create_role(&ada.org, "a", 50, &["kb:read"]).await;
    let b = ada.create_role(&ada.org, "b", 40, &["kb:*", "ws:*"]).await;
    let c = ada.create_role(&ada.org, "c", 15, &[]).await;
    let before = list(&ada).await;
    let reply = reorder(&ada, &ada.org, &[&c, &a, &b]).await.is(200).json();
    assert_eq!(custom(&reply), [("c", 50), ("a", 40), ("b", 15)]);
    let after = list(&ada).await;
    assert_eq!(custom(&after), [("c", 50), ("a", 40), ("b", 15)]);
    for role in after.as_array().unwrap() {
        let mut was = before.as_array().unwrap().iter().find(|was| was["id"] == role["id"]).unwrap().clone();
        was["hierarchy_level"] = role["hierarchy_level"].clone();
        assert_eq!(*role, was, "nothing but the level changes");
    }
    // A part of the roles: the others keep their levels.
    let reply = reorder(&ada, &ada.org, &[&b, &c]).await.is(200).json();
    assert_eq!(custom(&reply), [("b", 50), ("c", 15)]);
    assert_eq!(custom(&list(&ada).await), [("b", 50), ("a", 40), ("c", 15)]);
    // The order that exists already, and one role alone.
    reorder(&ada, &ada.org, &[&b, &a, &c]).await.is(200);
    reorder(&ada, &ada.org, &[&a]).await.is(200);
    assert_eq!(custom(&list(&ada).await), [("b", 50), ("a", 40), ("c", 15)]);
}

on_every_engine!(an_invalid_order_is_refused);

async fn an_invalid_order_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let a = ada.create_role(&ada.org, "a", 50, &[]).await;
    let b = ada.create_role(&ada.org, "b", 40, &[]).await;
    let theirs = eve.create_role(&eve.org, "x", 45, &[]).await;
    let before = (list(&ada).await, list(&eve).await);
    let twice = reorder(&ada, &ada.org, &[&b, &a, &b]).await.refuses(422, "Validation failed");
    assert_eq!(twice.field("/errors/0/pointer"), "/role_ids/2");
    assert_eq!(twice.field("/errors/0/message"), "the role is listed twice");
    let twice = reorder(&ada, &ada.org, &[&b, &a, &b.to_uppercase()]).await;
    assert_eq!(twice.is(422).field("/errors/0/pointer"), "/role_ids/2");
    let none = reorder(&ada, &ada.org, &[]).await.refuses(422, "Validation failed");
    assert_eq!(none.field("/errors/0/pointer"), "/role_ids");
    let no_id = reorder(&ada, &ada.org, &[&b, "a"]).await.is(422);
    assert_eq!(no_id.field("/errors/0/pointer"), "/role_ids/1");
    let path = format!("/roles/reorder?org_id={}", ada.org);
    for body in [json!({}), json!({ "role_ids": null }), json!({ "role_ids": a }), json!({ "role_ids": [7] })]
    {
        ada.post(&path, body).await.is(422);
    }
    let foreign = reorder(&ada, &ada.org, &[&b, &theirs]).await.refuses(404, "Role not found");
    let unknown = reorder(&ada, &ada.org, &[&b, NOBODYS]).await.refuses(404, "Role not found");
    assert_eq!(foreign.field("/hint"), unknown.field("/hint"));
    for system in ["owner", "admin", "member", "guest"] {
        let id = ada.role_id(&ada.org, system).await;
        reorder(&ada, &ada.org, &[&b, &id, &a]).await.refuses(409, "System roles cannot be changed");
    }
    ada.post(&path, json!({ "role_ids": [b, a], "org_id": eve.org }))
        .await
        .refuses(400, "Conflicting org ids");
    reorder(&eve, &ada.org, &[&b, &a]).await.refuses(403, "User is not a member of this organization");
    reorder(&app.anyone(), &ada.org, &[&b, &a]).await.is(401);
    assert_eq!((list(&ada).await, list(&eve).await), before, "nothing changed");
    let in_body = json!({ "role_ids": [b, a], "org_id": ada.org });
    ada.post("/roles/reorder", in_body).await.is(200);
}

on_every_engine!(only_roles_below_ones_own_are_moved);

async fn only_roles_below_ones_own_are_moved(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let above = ada.create_role(&ada.org, "above", 60, &[]).await;
    let own = ada.create_role(&ada.org, "desk", 50, &["roles:*"]).await;
    let a = ada.create_role(&ada.org, "a", 40, &["kb:delete"]).await;
    let b = ada.create_role(&ada.org, "b", 30, &[]).await;
    let bob = Caller { org: ada.org.clone(), ..app.bring_in(&ada, "bob", "desk").await };
    let zoe = app.bring_in(&ada, "zoe", "member").await;
    let before = list(&ada).await;
    for roles in [[&above, &a], [&a, &above], [&own, &a], [&b, &own]] {
        let roles = roles.map(String::as_str);
        reorder(&bob, &ada.org, &roles).await.refuses(403, "Target is not below your level");
    }
    let nonsense = json!({ "role_ids": 7 });
    zoe.post(&format!("/roles/reorder?org_id={}", ada.org), nonsense)
        .await
        .refuses(403, "Access denied. Required: roles:write");
    assert_eq!(list(&ada).await, before);
    // A move does not grant the permissions of a role anew.
    reorder(&bob, &ada.org, &[&b, &a]).await.is(200);
    assert_eq!(custom(&list(&ada).await), [("above", 60), ("desk", 50), ("b", 40), ("a", 30)]);
}

on_every_engine!(the_new_order_holds_at_once);

async fn the_new_order_holds_at_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let high = ada.create_role(&ada.org, "high", 50, &["users:*", "roles:read"]).await;
    let low = ada.create_role(&ada.org, "low", 40, &["users:*", "roles:read"]).await;
    let (bob, zoe) = (app.bring_in(&ada, "bob", "high").await, app.bring_in(&ada, "zoe", "low").await);
    let suspend = async |by: &Caller, whom: &Caller| {
        let path = format!("/organizations/{}/users/{}", ada.org, whom.id);
        let reply = by.patch(&path, json!({ "status": "suspended" })).await;
        if reply.status == 200 {
            ada.patch(&path, json!({ "status": "active" })).await.is(200);
        }
        reply.status
    };
    let level =
        async |who: &Caller| who.get(&format!("/users/me?org_id={}", ada.org)).await.field("/role_level");
    for _ in 0..10 {
        assert_eq!((level(&bob).await, level(&zoe).await), (json!(50), json!(40)));
        assert_eq!((suspend(&zoe, &bob).await, suspend(&bob, &zoe).await), (403, 200));
        reorder(&ada, &ada.org, &[&low, &high]).await.is(200);
        assert_eq!((level(&bob).await, level(&zoe).await), (json!(40), json!(50)));
        assert_eq!((suspend(&bob, &zoe).await, suspend(&zoe, &bob).await), (403, 200));
        reorder(&ada, &ada.org, &[&high, &low]).await.is(200);
    }
}

on_every_engine!(an_exchange_needs_a_free_level);

async fn an_exchange_needs_a_free_level(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut ids = Vec::new();
    for level in (1..=99).filter(|level| ![10, 20, 80].contains(level)) {
        ids.push(ada.create_role(&ada.org, &format!("r{level}"), level, &[]).await);
    }
    let before = list(&ada).await;
    let full = reorder(&ada, &ada.org, &[&ids[0], &ids[1]]).await.refuses(409, "No hierarchy level is free");
    assert_eq!(full.field("/code"), "no_free_level");
    assert_eq!(list(&ada).await, before);
    reorder(&ada, &ada.org, &[&ids[1], &ids[0]]).await.is(200);
    let last = ids.pop().unwrap();
    ada.delete(&format!("/roles/{last}?org_id={}", ada.org)).await.is(204);
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let reply = reorder(&ada, &ada.org, &all).await.is(200).json();
    let named: Vec<_> = reply.as_array().unwrap().iter().map(|role| role["id"].as_str().unwrap()).collect();
    assert_eq!(named, all, "upside down");
    assert_eq!(custom(&list(&ada).await), custom(&reply));
}

on_every_engine!(orders_at_once_end_in_one_of_them);

async fn orders_at_once_end_in_one_of_them(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut ids = Vec::new();
    for (name, level) in [("a", 50), ("b", 40), ("c", 30)] {
        ids.push(ada.create_role(&ada.org, name, level, &[]).await);
    }
    let [a, b, c] = [&ids[0], &ids[1], &ids[2]];
    for _ in 0..20 {
        let (orders, create) = (
            [[c.as_str(), a, b], [b.as_str(), c, a]],
            json!({ "name": "d", "hierarchy_level": 40, "permissions": [] }),
        );
        let path = format!("/roles?org_id={}", ada.org);
        let (one, two, created) = tokio::join!(
            reorder(&ada, &ada.org, &orders[0]),
            reorder(&ada, &ada.org, &orders[1]),
            ada.post(&path, create),
        );
        assert_eq!((one.status, two.status, created.status), (200, 200, 409), "{}", created.text);
        let found = list(&ada).await;
        let expected = [[("c", 50), ("a", 40), ("b", 30)], [("b", 50), ("c", 40), ("a", 30)]];
        assert!(expected.iter().any(|order| custom(&found) == order), "{found}");
    }
}
