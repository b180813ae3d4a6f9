//! The audit entries of a platform administrator who lifts rate limits and sends mail.

use bailiwick_testkit::app::{Caller, TestApp};
use serde_json::json;

use super::trail::{AuditLog, NULL, promoted};

/// Tries every operation on the rate limits of `ada`.
pub async fn change(app: &TestApp, ada: &Caller, trail: &mut AuditLog) {
    let warden = promoted(app, app.sign_up("warden").await).await;
    let unlock = ("post /users/{user_id}/unlock", [&ada.id]);
    trail
        .leaves(&warden, unlock, json!({}), |_| {
            vec![json!(["account.unlock", NULL, warden.id, ["user", ada.id], NULL, NULL])]
        })
        .await;
    trail.leaves_nothing(ada, unlock, json!({}), 403).await;
    let minute = json!({ "seconds": 60 });
    trail
        .leaves(&warden, ("post /users/{user_id}/rate-limit-bypass", [&ada.id]), minute.clone(), |_| {
            let until = json!({ "until": "2026-01-02T03:05:05.678901Z" });
            vec![json!(["account.bypass", NULL, warden.id, ["user", ada.id], NULL, until])]
        })
        .await;
    let nobody = "post /users/0198c5a0-7d3e-7000-8000-00000000000a/rate-limit-bypass";
    trail.leaves_nothing(&warden, nobody, minute, 404).await;
    send_mail(app, &warden, trail).await;
}

/// Tries to send a waiting mail.
async fn send_mail(app: &TestApp, warden: &Caller, trail: &mut AuditLog) {
    crate::logins::all_mail_is_sent(app).await;
    app.post.fail_temporarily();
    app.sign_up("late").await;
    crate::platform::all_mail_is_tried(app).await;
    let listed = warden.outbox_by("search=late@").await.is(200);
    let mail = listed.text_of("/items/0/id");
    app.post.recover();
    let send = ("post /platform/outbox/{mail_id}/send", [&mail]);
    trail
        .leaves(warden, send, json!({}), |_| {
            vec![json!(["mail.send", NULL, warden.id, ["mail", mail], NULL, NULL])]
        })
        .await;
    app.post.secret_for("late@example.com").await;
    crate::logins::all_mail_is_sent(app).await;
    trail.leaves_nothing(warden, send, json!({}), 404).await;
}
