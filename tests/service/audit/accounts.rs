//! The audit entries of accounts.

use bailiwick_testkit::app::{Caller, TestApp};
use serde_json::json;

use super::trail::{AuditLog, NULL, PASSWORD};

/// Tries every operation on the caller's account and returns the caller.
pub async fn change(app: &TestApp, trail: &mut AuditLog) -> Caller {
    let anyone = app.anyone();
    let mut account = json!({ "email": "ada@example.com", "first_name": "Ada", "last_name": "Byron" });
    let mut body = account.clone();
    body["password"] = json!(PASSWORD);
    body["organization_name"] = json!("Engine");
    account["status"] = json!("active");
    let sign_up = trail.leaves(&anyone, "post /auth/signup", body.clone(), |reply| {
        let (id, org) = (reply.field("/id"), reply.field("/organization"));
        let founded = json!({ "name": "Engine", "slug": org["slug"], "owner": id });
        vec![
            json!(["account.sign_up", NULL, id, ["user", id], NULL, account]),
            json!(["organization.create", org["id"], id, ["organization", org["id"]], NULL, founded]),
        ]
    });
    let signed_up = sign_up.await;
    let (id, org) = (signed_up.text_of("/id"), signed_up.text_of("/organization/id"));
    trail.leaves_nothing(&anyone, "post /auth/signup", body, 409).await;
    app.post.secret_for("ada@example.com").await;
    let resend = "post /auth/resend-verification";
    trail
        .leaves(&anyone, resend, json!({ "email": "ada@example.com" }), |_| {
            vec![json!(["account.resend_verification", NULL, NULL, ["user", id], NULL, NULL])]
        })
        .await;
    trail.leaves_nothing(&anyone, resend, json!({ "email": "nobody@example.com" }), 200).await;
    let token = json!({ "token": app.post.secret_for("ada@example.com").await });
    trail
        .leaves(&anyone, "post /auth/verify-email", token.clone(), |_| {
            let (was, is) = (json!({ "email_verified": false }), json!({ "email_verified": true }));
            vec![json!(["account.verify_email", NULL, id, ["user", id], was, is])]
        })
        .await;
    trail.leaves_nothing(&anyone, "post /auth/verify-email", token, 200).await;
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    trail
        .leaves(&anyone, "post /auth/login", login, |_| {
            let client = json!({ "device": "teller", "ip": "127.0.0.1" });
            vec![json!(["session.login", NULL, id, ["session", "its own"], NULL, client])]
        })
        .await;
    let wrong = json!({ "email": "ada@example.com", "password": "wrong horse battery" });
    trail.leaves_nothing(&anyone, "post /auth/login", wrong, 401).await;
    let ada = Caller { org, ..app.log_in("ada@example.com").await };
    let name = json!({ "first_name": "Ada", "last_name": "Lovelace" });
    trail
        .leaves(&ada, "put /auth/me", name.clone(), |_| {
            let (was, is) = (json!({ "last_name": "Byron" }), json!({ "last_name": "Lovelace" }));
            vec![json!(["account.rename", NULL, ada.id, ["user", ada.id], was, is])]
        })
        .await;
    trail.leaves_nothing(&ada, "put /auth/me", name, 200).await;
    ada
}
