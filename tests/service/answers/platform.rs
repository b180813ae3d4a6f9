//! What administrators of the platform may.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};
use crate::logins::all_mail_is_sent;
use crate::platform::all_mail_is_tried;

super::pinned!(
    list_users,
    list_organizations,
    list_outbox,
    send_mail,
    list_platform_audit,
    activate_user,
    deactivate_user,
    unlock_user,
    exempt_user,
);

async fn list_users(Scene { root, ada, .. }: &Scene) -> Vec<Reply> {
    vec![
        root.platform_users_by("search=bob").await.is(200),
        ada.platform_users().await.is(403),
        root.platform_users_by("limit=0").await.is(422),
    ]
}

async fn list_organizations(Scene { root, ada, .. }: &Scene) -> Vec<Reply> {
    vec![
        root.platform_orgs_by("limit=1").await.is(200),
        ada.platform_orgs().await.is(403),
        root.platform_orgs_by("limit=0").await.is(422),
    ]
}

async fn list_outbox(Scene { app, root, ada, .. }: &Scene) -> Vec<Reply> {
    all_mail_is_sent(app).await;
    vec![
        root.outbox_by("limit=1").await.is(200),
        ada.outbox().await.is(403),
        root.outbox_by("limit=0").await.is(422),
    ]
}

async fn send_mail(Scene { app, root, ada, .. }: &Scene) -> Vec<Reply> {
    all_mail_is_sent(app).await;
    app.post.fail_permanently();
    app.sign_up("zoe").await;
    all_mail_is_tried(app).await;
    let id = root.outbox_by("status=failed").await.is(200).text_of("/items/0/id");
    let refused = ada.send_mail(&id).await.is(403);
    vec![
        again(root, &refused, json!(5)).await.is(422),
        refused,
        root.send_mail(NOBODYS).await.is(404),
        root.send_mail(&id).await.is(202),
    ]
}

async fn list_platform_audit(Scene { root, ada, .. }: &Scene) -> Vec<Reply> {
    vec![
        root.platform_audit_by("limit=2").await.is(200),
        ada.platform_audit().await.is(403),
        root.platform_audit_by("limit=0").await.is(422),
    ]
}

async fn activate_user(Scene { root, ada, off, .. }: &Scene) -> Vec<Reply> {
    let refused = ada.activate(off).await.is(403);
    vec![
        again(root, &refused, json!(5)).await.is(422),
        refused,
        root.activate(NOBODYS).await.is(404),
        root.activate(off).await.is(204),
    ]
}

async fn deactivate_user(Scene { root, ada, bob, .. }: &Scene) -> Vec<Reply> {
    let refused = ada.deactivate(bob).await.is(403);
    vec![
        again(root, &refused, json!(5)).await.is(422),
        refused,
        root.deactivate(NOBODYS).await.is(404),
        root.deactivate(ada).await.is(409),
        root.deactivate(bob).await.is(204),
    ]
}

async fn unlock_user(Scene { root, ada, bob, .. }: &Scene) -> Vec<Reply> {
    let refused = ada.unlock(bob).await.is(403);
    vec![
        again(root, &refused, json!(5)).await.is(422),
        refused,
        root.unlock(NOBODYS).await.is(404),
        root.unlock(bob).await.is(204),
    ]
}

async fn exempt_user(Scene { root, ada, bob, .. }: &Scene) -> Vec<Reply> {
    let minute = json!({ "seconds": 60 });
    vec![
        root.bypass_rate_limits(bob, minute.clone()).await.is(204),
        ada.bypass_rate_limits(bob, minute.clone()).await.is(403),
        root.bypass_rate_limits(NOBODYS, minute).await.is(404),
        root.bypass_rate_limits(bob, json!({ "seconds": 0 })).await.is(422),
    ]
}
