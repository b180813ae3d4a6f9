//! Questions about authority, and the trail of its changes.

use bailiwick_testkit::app::Reply;

use super::scene::{NOBODYS, Scene};

super::pinned!(protected, check_permissions, explain_permission, who_can, list_audit);

async fn protected(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![ada.protected().await.is(200), bob.protected().await.is(403)]
}

async fn check_permissions(Scene { ada, bob, eve, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.check(ada, &["kb:read", "kb:write"]).await.is(200),
        eve.check(bob, &["kb:read"]).await.is(403),
        ada.check(NOBODYS, &["kb:read"]).await.is(404),
        ada.check(bob, &["kb:*"]).await.is(422),
    ]
}

async fn explain_permission(Scene { ada, bob, eve, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.explain(bob, "kb:read").await.is(200),
        ada.explain(ada, "kb:read").await.is(200),
        eve.explain(bob, "kb:read").await.is(403),
        ada.explain(NOBODYS, "kb:read").await.is(404),
        ada.explain(bob, "kb:*").await.is(422),
    ]
}

async fn who_can(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.who_can("kb:read").await.is(200),
        bob.who_can("kb:read").await.is(403),
        ada.who_can("kb:*").await.is(422),
    ]
}

async fn list_audit(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.audit_by("limit=2").await.is(200),
        bob.audit().await.is(403),
        ada.audit_by("limit=0").await.is(422),
    ]
}
