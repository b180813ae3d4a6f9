//! Members of the organization.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};

super::pinned!(list_members, read_member, change_member, remove_member, assign_role);

async fn list_members(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![ada.members().await.is(200), bob.members().await.is(403), ada.members_by("limit=0").await.is(422)]
}

async fn read_member(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    vec![ada.member(bob).await.is(200), bob.member(ada).await.is(403), ada.member(NOBODYS).await.is(404)]
}

async fn change_member(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let suspended = ada.suspend(bob).await.is(200);
    ada.restore(bob).await.is(200);
    vec![
        again(ada, &suspended, json!({ "status": "gone" })).await.is(422),
        suspended,
        bob.suspend(ada).await.is(403),
        ada.suspend(NOBODYS).await.is(404),
        ada.suspend(ada).await.is(409),
    ]
}

async fn remove_member(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let refused = bob.remove(ada).await.is(403);
    vec![
        again(ada, &refused, json!(5)).await.is(422),
        refused,
        ada.remove(NOBODYS).await.is(404),
        ada.remove(ada).await.is(409),
        ada.remove(bob).await.is(204),
    ]
}

async fn assign_role(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let guest = ada.role_id("guest").await;
    let assigned = ada.assign(bob, &guest).await.is(200);
    vec![
        again(ada, &assigned, json!({})).await.is(422),
        assigned,
        bob.assign(bob, &guest).await.is(403),
        ada.assign(NOBODYS, &guest).await.is(404),
        ada.assign(ada, &guest).await.is(409),
    ]
}
