//! E-mail addresses that are invalid, are several, or look like another address.

use bailiwick_testkit::app::{Caller, Engine, TestApp, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// The requests that contain an address and may send mail to it.
fn requests(owner: &Caller, role: &str, invitation: &str, email: &Value) -> Vec<(String, Value)> {
    let org = &owner.org;
    let person = json!({ "email": email, "password": PASSWORD, "first_name": "A", "last_name": "B", "token": invitation });
    vec![
        ("/auth/signup".to_owned(), person.clone()),
        ("/auth/signup-invite".to_owned(), person.clone()),
        ("/setup".to_owned(), person),
        ("/auth/invite".to_owned(), json!({ "email": email, "org_id": org, "role_id": role })),
        ("/auth/forgot-password".to_owned(), json!({ "email": email })),
        ("/auth/resend-verification".to_owned(), json!({ "email": email })),
        ("/auth/change-email".to_owned(), json!({ "new_email": email, "password": PASSWORD })),
    ]
}

/// Every address with mail, an account or an invitation.
async fn touched(app: &TestApp) -> Vec<String> {
    let mut rows = sql::rows(app.database_url(), "SELECT recipient FROM outbox ORDER BY id").await;
    rows.extend(sql::rows(app.database_url(), "SELECT email FROM users ORDER BY id").await);
    rows.extend(sql::rows(app.database_url(), "SELECT email FROM invitations ORDER BY id").await);
    rows
}

async fn assert_refused(app: &TestApp, owner: &Caller, emails: &[Value]) {
    let role = owner.role_id("guest").await;
    owner.invite("invited@example.com", &role).await.is(200);
    let invitation = app.post.secret_for("invited@example.com").await;
    let before = touched(app).await;
    for email in emails {
        for (path, body) in requests(owner, &role, &invitation, email) {
            let refused = owner.post(&path, body).await;
            assert_eq!(refused.status, 422, "{path} {email} {}", refused.text);
            let pointer = refused.text_of("/errors/0/pointer");
            assert!(pointer == "/email" || pointer == "/new_email", "{path} {email}: {pointer}");
        }
        let bulk = owner.invite_many(vec![json!({ "email": email, "role_id": role })]).await.is(200);
        assert_eq!(bulk.field("/results/0/status"), 422, "{email} {}", bulk.text);
    }
    assert_eq!(touched(app).await, before);
    let person = json!({ "token": invitation, "email": "invited@example.com", "password": PASSWORD,
        "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup-invite", person).await.is(201);
}

on_every_engine!(invalid_addresses_get_no_mail);

async fn invalid_addresses_get_no_mail(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let emails = [
        json!("ada@example.com,eve@example.com"),
        json!("ada@example.com eve@example.com"),
        json!("ada@example.com;eve@example.com"),
        json!("ada@example.com\r\nBcc: eve@example.com"),
        json!("ada@exam\nple.com"),
        json!("ada\u{a0}@example.com"),
        json!("ada@example\u{200b}.com"),
        json!("ada@ex\u{ad}ample.com"),
        json!("ad\u{202e}a@example.com"),
        json!("\u{200b}\r\n\u{a0}"),
        json!("ada@example.com\u{0}"),
        json!("ada\u{0}@example.com"),
        json!("<ada@example.com>"),
        json!("Ada <ada@example.com>"),
        json!("\"ada@example.com,eve\"@example.com"),
        json!("ada@example.com@example.com"),
        json!("ada%eve@example.com"),
        json!("ada@[127.0.0.1]"),
        json!("ada@localhost"),
        json!(""),
        json!(null),
        json!(5),
        json!(["ada@example.com"]),
        json!(["ada@example.com", "eve@example.com"]),
        json!({ "email": "ada@example.com" }),
        json!(format!("{}@example.com", "a".repeat(300))),
    ];
    assert_refused(&app, &ada, &emails).await;
}

on_every_engine!(a_look_alike_reaches_no_other_mailbox);

/// CVE-2019-19844: some comparisons take these as equal to `mike@example.com`.
async fn a_look_alike_reaches_no_other_mailbox(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mike = app.sign_up("mike").await;
    app.post.secret_for(&mike.email).await;
    let emails = [
        "m\u{131}ke@example.com",
        "mi\u{212a}e@example.com",
        "\u{ff4d}ike@example.com",
        "mike@ex\u{430}mple.com",
        "mike@example\u{3002}com",
        "mike\u{200b}@example.com",
        "mik\u{e9}@example.com",
        "mike\u{301}@example.com",
        "mi\u{a0}ke@example.com",
    ]
    .map(|email| json!(email));
    assert_refused(&app, &mike, &emails).await;
    // In ASCII, upper and lower case are the same mailbox and one account.
    for email in ["MIKE@EXAMPLE.COM", " Mike@Example.com\t"] {
        let sign_up = json!({ "email": email, "password": PASSWORD, "first_name": "A", "last_name": "B" });
        app.anyone().post("/auth/signup", sign_up).await.refuses(409, "Email already registered");
        app.anyone().forgot_password(email).await.is(200);
        assert!(app.post.secret_for("mike@example.com").await.starts_with("rst_"));
    }
}
