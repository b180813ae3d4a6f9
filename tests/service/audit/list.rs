//! Reading the audit trail: which callers may, and which entries they get.

use bailiwick_testkit::app::{Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};
use time::Duration;

use super::trail::promoted;

fn actions(reply: &Reply) -> Vec<Value> {
    reply.field("/items").as_array().unwrap().iter().map(|row| row["action"].clone()).collect()
}

on_every_engine!(a_row_looks_like_this);

async fn a_row_looks_like_this(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let request = ada.request(reqwest::Method::PATCH, &format!("/organizations/{}", ada.org));
    let request = request.header("x-request-id", "one-change").json(&json!({ "name": "Engine" }));
    ada.send(request).await.is(200);
    let reply = ada.audit_by("limit=1").await.is(200);
    let mut row = reply.field("/items/0");
    assert!(row["id"].take().is_string() && row["session_id"].take().is_string());
    assert_eq!(
        row,
        json!({
            "id": null,
            "org_id": ada.org,
            "actor_id": ada.id,
            "session_id": null,
            "action": "organization.update",
            "target": { "kind": "organization", "id": ada.org },
            "before": { "name": "ada's organization" },
            "after": { "name": "Engine" },
            "at": "2026-01-02T03:04:05.678901Z",
            "request_id": "one-change",
            "ip": "127.0.0.1",
        })
    );
}

on_every_engine!(it_is_read_with_the_permission_and_in_ones_own_organization);

async fn it_is_read_with_the_permission_and_in_ones_own_organization(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "admin").await;
    let zoe = app.bring_in(&ada, "zoe", "member").await;
    app.anyone().in_org(&ada).audit().await.refuses(401, "Missing authentication credentials");
    zoe.audit().await.refuses(403, "Access denied. Required: audit:read");
    eve.in_org(&ada).audit().await.refuses(403, "User is not a member of this organization");
    zoe.audit_by("actor=nobody").await.is(403);
    ada.get("/audit").await.refuses(400, "Invalid org id");
    let seen = bob.audit().await.is(200);
    assert_eq!(seen.json(), ada.audit().await.json());
    // Entries of accounts as such, and of other organizations, are not in it.
    let came_in = ["member.join", "invitation.accept", "invitation.create"];
    assert_eq!(actions(&seen), [&came_in[..], &came_in, &["organization.create"]].concat());
    for row in seen.field("/items").as_array().unwrap() {
        assert_eq!(row["org_id"], ada.org);
    }
    let expected = json!(["organization.create"]);
    assert_eq!(json!(actions(&eve.audit().await)), expected);
}

on_every_engine!(the_platform_sees_all_of_it);

async fn the_platform_sees_all_of_it(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (root, ada) = (app.sign_up("root").await, app.sign_up("ada").await);
    root.platform_audit().await.refuses(403, "Access denied. Required: platform administrator");
    app.anyone().platform_audit().await.is(401);
    let root = promoted(&app, root).await;
    ada.delete_org().await.is(204);
    let all = root.platform_audit().await.is(200);
    let founded = ["session.login", "organization.create", "account.sign_up"];
    assert_eq!(actions(&all), [&["organization.delete"], &founded[..], &founded].concat());
    // The organization is deleted, but its entries are kept.
    let hers = root.platform_audit_by(&format!("org_id={}", ada.org)).await.is(200);
    assert_eq!(actions(&hers), ["organization.delete", "organization.create"]);
    let logins = root.platform_audit_by(&format!("actor={}&action=session.*", ada.id)).await.is(200);
    assert_eq!(actions(&logins), ["session.login"]);
    root.platform_audit_by("org_id=acme").await.refuses(400, "Invalid org id");
}

on_every_engine!(rows_are_filtered);

async fn rows_are_filtered(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    app.clock.advance(Duration::seconds(10));
    let role = bob.create_role("editor", 30, &["kb:read"]).await;
    ada.change_role(&role, json!({ "hierarchy_level": 31 })).await.is(200);
    app.clock.advance(Duration::seconds(10));
    ada.delete_role(&role).await.is(204);
    let list = async |query: &str| actions(&ada.audit_by(query).await.is(200));
    let (early, late) = ("2026-01-02T03:04:15.678901Z", "2026-01-02T03:04:25.678901Z");
    for (query, expected) in [
        ("action=role.*".to_owned(), &["role.delete", "role.update", "role.create"][..]),
        ("action=role.update".to_owned(), &["role.update"]),
        (format!("target={role}"), &["role.delete", "role.update", "role.create"]),
        (format!("actor={}", bob.id), &["role.create", "member.join", "invitation.accept"]),
        (format!("actor={}&target={role}", ada.id), &["role.delete", "role.update"]),
        (format!("from={late}"), &["role.delete"]),
        (format!("from={early}&to={late}"), &["role.update", "role.create"]),
        ("from=2026-01-02T05:04:25.678901%2B02:00".to_owned(), &["role.delete"]),
        (format!("action=role.*&to={early}"), &[]),
        (format!("target={}", ada.id), &[]),
        (format!("target={}&actor=", bob.id), &["member.join"]),
    ] {
        assert_eq!(list(&query).await, expected, "{query}");
    }
}

on_every_engine!(filters_that_make_no_sense_are_named);

async fn filters_that_make_no_sense_are_named(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = promoted(&app, app.sign_up("ada").await).await;
    for (name, value) in [
        ("actor", "ada"),
        ("actor", "0198c5a07d3e70008000000000000001"),
        ("target", "*"),
        ("action", "role"),
        ("action", "*"),
        ("action", "role.%25"),
        ("action", "role.burn"),
        ("from", "yesterday"),
        ("to", "2026-01-02"),
        ("limit", "0"),
    ] {
        let query = format!("{name}={value}");
        for refused in [ada.audit_by(&query).await, ada.platform_audit_by(&query).await] {
            let refused = refused.refuses(422, "Validation failed");
            assert_eq!(refused.field("/errors/0/pointer"), format!("/{name}"), "{value}");
        }
    }
}

on_every_engine!(pages_are_bound_to_their_list);

async fn pages_are_bound_to_their_list(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    for level in 1..=5 {
        ada.create_role(&format!("role {level}"), level, &[]).await;
    }
    let ada = promoted(&app, ada).await;
    let list = "action=role.*&limit=2";
    let mut levels = Vec::new();
    let mut page = ada.audit_by(list).await.is(200);
    let cursor = page.text_of("/next_cursor");
    loop {
        for row in page.field("/items").as_array().unwrap() {
            levels.push(row["after"]["level"].clone());
        }
        let Some(next) = page.field("/next_cursor").as_str().map(str::to_owned) else { break };
        page = ada.audit_by(&format!("{list}&cursor={next}")).await.is(200);
    }
    assert_eq!(levels, [5, 4, 3, 2, 1]);
    let roles = format!("action=role.*&cursor={cursor}");
    for elsewhere in [
        eve.audit_by(&roles).await,
        ada.audit_by(&format!("cursor={cursor}")).await,
        ada.audit_by(&format!("{roles}&actor={}", ada.id)).await,
        ada.platform_audit_by(&format!("{roles}&org_id={}", ada.org)).await,
        ada.platform_audit_by(&roles).await,
    ] {
        elsewhere.refuses(400, "Invalid cursor");
    }
    ada.audit_by(&format!("{list}&cursor=garbage")).await.refuses(400, "Invalid cursor");
}
