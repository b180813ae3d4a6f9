//! The lists for platform administrators.

use std::time::Duration;

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use crate::audit::promoted;

const LISTS: [&str; 3] = ["/platform/users", "/platform/organizations", "/platform/outbox"];
const SIGN_UP: &str = "2026-01-02T03:04:05.678901Z";

fn column(reply: &Reply, name: &str) -> Vec<Value> {
    reply.field("/items").as_array().unwrap().iter().map(|item| item[name].clone()).collect()
}

/// Waits until delivery of each mail was attempted.
pub async fn all_mail_is_tried(app: &TestApp) {
    let untried = "SELECT recipient FROM outbox WHERE attempts = 0 AND sent_at IS NULL";
    for _ in 0..1000 {
        if sql::rows(app.database_url(), untried).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a mail is not tried");
}

on_every_engine!(nobody_else_sees_the_platform);

async fn nobody_else_sees_the_platform(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for path in LISTS {
        app.anyone().get(path).await.refuses(401, "Missing authentication credentials");
        ada.get(path).await.refuses(403, "Access denied. Required: platform administrator");
        // A caller without the permission learns nothing about the query.
        ada.get(&format!("{path}?status=nonsense&cursor=x")).await.is(403);
    }
    let root = promoted(&app, ada).await;
    for path in LISTS {
        root.get(path).await.is(200);
        root.get(&format!("/api{path}")).await.is(200);
        root.post(path, json!({})).await.refuses(405, "Method Not Allowed");
    }
}

on_every_engine!(accounts_are_listed_and_searched);

async fn accounts_are_listed_and_searched(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = promoted(&app, app.sign_up("root").await).await;
    let (ada, b_b) = (app.sign_up("ada").await, app.sign_up("b_b").await);
    app.sign_up("bob").await;
    ada.deactivate_me().await.is(200);
    let all = root.platform_users().await.is(200);
    let emails = ["root@example.com", "ada@example.com", "b_b@example.com", "bob@example.com"];
    assert_eq!(column(&all, "email"), emails);
    let mut third = all.field("/items/2");
    assert_eq!(third["last_active"].take(), all.field("/items/2/last_active"));
    assert_eq!(
        third,
        json!({
            "id": b_b.id,
            "email": "b_b@example.com",
            "first_name": "b_b",
            "last_name": "Tester",
            "full_name": "b_b Tester",
            "status": "active",
            "is_active": true,
            "email_verified": false,
            "created_at": SIGN_UP,
            "last_active": null,
            "platform_admin": false,
        })
    );
    assert_eq!(column(&all, "platform_admin"), [true, false, false, false]);
    let found = async |query: &str| column(&root.platform_users_by(query).await.is(200), "first_name");
    for (query, expected) in [
        ("search=B_b", &["b_b"][..]),
        ("search=%25", &[]),
        ("search=%5c", &[]),
        ("search=%00", &[]),
        ("search=OB%20tes", &["bob"]),
        ("status=inactive", &["ada"]),
        ("status=inactive&search=bob", &[]),
        ("status=pending", &[]),
        ("status=active&search=@example", &["root", "b_b", "bob"]),
    ] {
        assert_eq!(found(query).await, expected, "{query}");
    }
}

on_every_engine!(organizations_are_listed_with_their_size);

async fn organizations_are_listed_with_their_size(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = promoted(&app, app.sign_up("root").await).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "member").await;
    let change = json!({ "name": "100% \u{dc}ber_Acme", "slug": "acme" });
    ada.change_org(change).await.is(200);
    let listed = root.platform_orgs_by("search=ACME").await.is(200);
    assert_eq!(
        listed.json(),
        json!({
            "items": [{
                "id": ada.org, "name": "100% \u{dc}ber_Acme", "slug": "acme", "created_at": SIGN_UP, "members": 2,
            }],
            "next_cursor": null,
        })
    );
    for (search, found) in
        [("%25", 1), ("_", 1), ("%C3%9CBER", 1), ("%C3%BCber", 1), ("uber", 1), ("s%20ORG", 2), ("-", 2)]
    {
        let listed = root.platform_orgs_by(&format!("search={search}")).await.is(200);
        assert_eq!(column(&listed, "id").len(), found, "{search}");
    }
    // An archived organization is not listed.
    eve.deactivate_me().await.is(200);
    bob.leave().await.is(204);
    let listed = root.platform_orgs().await.is(200);
    assert_eq!(column(&listed, "id"), [root.org.as_str(), &ada.org]);
    assert_eq!(column(&listed, "members"), [1, 1]);
}

on_every_engine!(the_outbox_shows_how_mail_stands_and_never_a_token);

async fn the_outbox_shows_how_mail_stands_and_never_a_token(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = promoted(&app, app.sign_up("root").await).await;
    all_mail_is_tried(&app).await;
    app.post.fail_permanently();
    app.sign_up("ada").await;
    all_mail_is_tried(&app).await;
    app.post.fail_temporarily();
    root.invite("b_b@example.com", "guest").await.is(200);
    all_mail_is_tried(&app).await;

    let listed = root.outbox().await.is(200);
    assert_eq!(column(&listed, "recipient"), ["b_b@example.com", "ada@example.com", "root@example.com"]);
    assert_eq!(column(&listed, "status"), ["waiting", "failed", "sent"]);
    assert_eq!(column(&listed, "kind"), ["invitation", "verify_email", "verify_email"]);
    assert_eq!(column(&listed, "token"), [json!("***"), json!("***"), Value::Null]);
    assert_eq!(column(&listed, "attempts"), [1, 1, 0]);
    assert_eq!(column(&listed, "sent_at"), [Value::Null, Value::Null, json!(SIGN_UP)]);
    let errors = [
        "the mail server cannot take the mail now: too busy",
        "the mail server refuses the mail: no such mailbox",
    ];
    assert_eq!(column(&listed, "last_error"), [json!(errors[0]), json!(errors[1]), Value::Null]);
    for prefix in ["inv_", "ver_"] {
        assert!(!listed.text.contains(prefix), "{}", listed.text);
    }
    let payloads = "SELECT payload FROM outbox WHERE payload IS NOT NULL";
    for payload in sql::rows(app.database_url(), payloads).await {
        let payload: Value = serde_json::from_str(&payload).unwrap();
        assert!(!listed.text.contains(payload["token"].as_str().unwrap()));
    }
    for (query, expected) in [
        ("status=failed", &["ada@example.com"][..]),
        ("status=sent", &["root@example.com"]),
        ("status=waiting", &["b_b@example.com"]),
        ("search=_", &["b_b@example.com"]),
        ("search=ADA", &["ada@example.com"]),
        ("search=%25", &[]),
        ("search=ada&status=sent", &[]),
    ] {
        let listed = root.outbox_by(query).await.is(200);
        assert_eq!(column(&listed, "recipient"), expected, "{query}");
    }
}

on_every_engine!(pages_are_bound_to_their_query);

async fn pages_are_bound_to_their_query(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = promoted(&app, app.sign_up("root").await).await;
    for name in ["a", "b", "c", "d"] {
        app.sign_up(name).await;
    }
    for path in LISTS {
        let whole = column(&root.get(path).await.is(200), "id");
        assert_eq!(whole.len(), 5);
        let mut ids = Vec::new();
        let mut page = root.get(&format!("{path}?limit=2")).await.is(200);
        let cursor = page.text_of("/next_cursor");
        loop {
            ids.extend(column(&page, "id"));
            let Some(next) = page.field("/next_cursor").as_str().map(str::to_owned) else { break };
            page = root.get(&format!("{path}?limit=2&cursor={next}")).await.is(200);
        }
        assert_eq!(ids, whole, "{path}");
        refused_elsewhere(&root, path, &cursor).await;
    }
}

async fn refused_elsewhere(root: &Caller, path: &str, cursor: &str) {
    for elsewhere in LISTS.iter().filter(|list| **list != path) {
        root.get(&format!("{elsewhere}?cursor={cursor}")).await.refuses(400, "Invalid cursor");
    }
    for query in [format!("search=a&cursor={cursor}"), "cursor=garbage".to_owned()] {
        root.get(&format!("{path}?{query}")).await.refuses(400, "Invalid cursor");
    }
    for limit in ["0", "101", "x"] {
        root.get(&format!("{path}?limit={limit}")).await.refuses(422, "Validation failed");
    }
    if !path.ends_with("organizations") {
        let refused = root.get(&format!("{path}?status=nonsense")).await.refuses(422, "Validation failed");
        assert_eq!(refused.field("/errors/0/pointer"), "/status");
    }
}
