//! Names and texts that would be markup or headers in a mail or on a page.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

const PASSWORD: &str = "correct horse battery";

const INVISIBLE: [&str; 3] = [" \t ", "\u{200b}", "\u{200b} \u{feff}"];

on_every_engine!(names_are_one_line);

/// A line break in a name would add a header after the subject.
async fn names_are_one_line(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.create_role("editor", 30, &["kb:read"]).await;
    let org = format!("/organizations/{}", ada.org);
    let of_role = format!("/roles/{role}?org_id={}", ada.org);
    for name in [
        "Ada\r\nBcc: eve@example.com",
        "Ada\nx",
        "Ada\u{0}",
        "Ada\u{7f}",
        "Ada\u{85}x",
        "Ada\u{2028}x",
        "Ada\u{202e}x",
        "Ada\u{2066}x",
    ]
    .into_iter()
    .chain(INVISIBLE)
    {
        let named = json!({ "name": name, "hierarchy_level": 31, "permissions": [] });
        let sign_up = |first: &str, last: &str, org: &str| {
            json!({ "email": "eve@example.com", "password": PASSWORD, "first_name": first, "last_name": last,
                "organization_name": org })
        };
        let mut last_names = vec![
            ("POST", "/auth/signup", sign_up("A", name, "C"), "/last_name"),
            ("PUT", "/auth/me", json!({ "last_name": name }), "/last_name"),
        ];
        // An invisible last name is treated as empty, which is allowed.
        last_names.retain(|_| !INVISIBLE.contains(&name));
        for (method, path, body, pointer) in last_names.into_iter().chain([
            ("POST", "/auth/signup", sign_up(name, "B", "C"), "/first_name"),
            ("POST", "/auth/signup", sign_up("A", "B", name), "/organization_name"),
            ("PUT", "/auth/me", json!({ "first_name": name }), "/first_name"),
            ("POST", "/organizations", json!({ "name": name }), "/name"),
            ("PATCH", &org, json!({ "name": name }), "/name"),
            ("POST", &format!("/roles?org_id={}", ada.org), named, "/name"),
            ("PUT", &of_role, json!({ "name": name }), "/name"),
        ]) {
            let request = ada.request(method.parse().unwrap(), path).json(&body);
            let refused = ada.send(request).await.refuses(422, "Validation failed");
            assert_eq!(refused.field("/errors/0/pointer"), pointer, "{method} {path} {name:?}");
        }
    }
    let me = ada.me().await.is(200);
    assert_eq!(
        (me.field("/full_name"), me.field("/organizations/0/name")),
        ("ada Tester".into(), "ada's organization".into())
    );
}

on_every_engine!(what_a_mail_greets_with_holds_no_control_characters);

async fn what_a_mail_greets_with_holds_no_control_characters(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.role_id("guest").await;
    for message in ["Hi\u{0}", "Hi\u{1b}[2J", "Hi\u{202e}", "Hi\u{2028}there"] {
        let invite =
            json!({ "email": "bob@example.com", "org_id": ada.org, "role_id": role, "message": message });
        let refused = ada.post("/auth/invite", invite).await.refuses(422, "Validation failed");
        assert_eq!(refused.field("/errors/0/pointer"), "/message", "{message:?}");
    }
    // The user agent and everything else that is stored of a request is plain text.
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let request =
        ada.request(reqwest::Method::POST, "/auth/login").header("user-agent", "<b>\u{1f511}".as_bytes());
    ada.send(request.json(&login)).await.is(200);
    assert!(ada.sessions().await.is(200).header("content-type").starts_with("application/json"));
}
