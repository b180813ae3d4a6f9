//! Roles and the permissions that they grant.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};

super::pinned!(
    list_roles,
    read_role,
    create_role,
    change_role,
    delete_role,
    reorder_roles,
    list_permissions,
    add_permission,
);

async fn list_roles(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![ada.roles().await.is(200), bob.roles().await.is(403)]
}

async fn read_role(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let role = ada.role_id("plain").await;
    vec![
        ada.read_role(&role).await.is(200),
        bob.read_role(&role).await.is(403),
        ada.read_role(NOBODYS).await.is(404),
    ]
}

async fn create_role(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.define_role("editor", 30, &["kb:*"]).await.is(201),
        bob.define_role("reader", 4, &[]).await.is(403),
        ada.define_role("editor", 31, &[]).await.is(409),
        ada.define_role("", 100, &["kb"]).await.is(422),
    ]
}

async fn change_role(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (role, system) = (ada.role_id("plain").await, ada.role_id("guest").await);
    let change = json!({ "description": "Reads articles.", "permissions": ["kb:read"] });
    vec![
        bob.change_role(&role, change.clone()).await.is(403),
        ada.change_role(&role, change.clone()).await.is(200),
        ada.change_role(NOBODYS, change.clone()).await.is(404),
        ada.change_role(&system, change).await.is(409),
        ada.change_role(&role, json!({ "hierarchy_level": 0 })).await.is(422),
    ]
}

async fn delete_role(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (role, used) = (ada.create_role("editor", 30, &[]).await, ada.role_id("plain").await);
    let refused = bob.delete_role(&role).await.is(403);
    vec![
        again(ada, &refused, json!(5)).await.is(422),
        refused,
        ada.delete_role(NOBODYS).await.is(404),
        ada.delete_role(&used).await.is(409),
        ada.delete_role(&role).await.is(204),
    ]
}

async fn reorder_roles(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (plain, guest) = (ada.role_id("plain").await, ada.role_id("guest").await);
    let editor = ada.create_role("editor", 30, &[]).await;
    vec![
        ada.reorder_roles(&[&plain, &editor]).await.is(200),
        bob.reorder_roles(&[&plain, &editor]).await.is(403),
        ada.reorder_roles(&[&plain, NOBODYS]).await.is(404),
        ada.reorder_roles(&[&plain, &guest]).await.is(409),
        ada.reorder_roles(&[]).await.is(422),
    ]
}

async fn list_permissions(Scene { ada, bob, eve, .. }: &Scene) -> Vec<Reply> {
    let scope = format!("/roles/list_permissions?org_id={}&scope=some", ada.org);
    vec![bob.catalogue().await.is(200), eve.permissions().await.is(403), ada.get(&scope).await.is(422)]
}

async fn add_permission(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let entry = json!({ "resource": "reports", "action": "read", "description": "Read reports",
        "org_id": ada.org });
    vec![
        ada.post("/roles/permission", entry.clone()).await.is(201),
        ada.post("/roles/permission", entry.clone()).await.is(200),
        bob.post("/roles/permission", entry).await.is(403),
        ada.post("/roles/permission", json!({ "org_id": ada.org })).await.is(422),
    ]
}
