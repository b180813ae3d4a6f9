//! Accounts.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};
use crate::logins::PASSWORD;
use crate::setup::plant;

super::pinned!(sign_up, set_up, me, me_in_organization, rename_me, deactivate_me, delete_user);

async fn sign_up(scene: &Scene) -> Vec<Reply> {
    let sign_up = async |email: &str| {
        let body =
            json!({ "email": email, "password": PASSWORD, "first_name": "Zoe", "last_name": "Tester" });
        scene.anyone.post("/auth/signup", body).await
    };
    vec![
        sign_up("zoe@example.com").await.is(201),
        sign_up("ada@example.com").await.is(409),
        scene.anyone.post("/auth/signup", json!({})).await.is(422),
    ]
}

async fn set_up(scene: &Scene) -> Vec<Reply> {
    let set_up = async |token: &str, email: &str| crate::setup::set_up(&scene.app, token, email).await;
    let there_is_one = set_up("set_wrong", "zoe@example.com").await.is(404);
    scene.app.operator("UPDATE users SET platform_admin = false").await;
    let token = plant(&scene.app, 1, 30).await;
    vec![
        there_is_one,
        set_up("set_wrong", "zoe@example.com").await.is(400),
        set_up(&token, "ada@example.com").await.is(409),
        scene.anyone.post("/setup", json!({})).await.is(422),
        set_up(&token, "zoe@example.com").await.is(201),
    ]
}

async fn me(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![ada.me().await.is(200), off.me().await.is(403)]
}

async fn me_in_organization(Scene { ada, eve, .. }: &Scene) -> Vec<Reply> {
    vec![ada.me_as_member().await.is(200), eve.me_as_member().await.is(403)]
}

async fn rename_me(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        ada.rename_me(json!({ "first_name": "Augusta" })).await.is(200),
        off.rename_me(json!({})).await.is(403),
        ada.rename_me(json!({ "first_name": "" })).await.is(422),
    ]
}

async fn deactivate_me(Scene { ada, eve, off, .. }: &Scene) -> Vec<Reply> {
    let last_owner = ada.deactivate_me().await.is(409);
    vec![
        eve.deactivate_me().await.is(200),
        off.deactivate_me().await.is(403),
        again(ada, &last_owner, json!(5)).await.is(422),
        last_owner,
    ]
}

async fn delete_user(Scene { root, ada, bob, off, .. }: &Scene) -> Vec<Reply> {
    let refused = bob.delete_user(off).await.is(403);
    vec![
        again(ada, &refused, json!(5)).await.is(422),
        refused,
        ada.delete_user(NOBODYS).await.is(404),
        root.delete_user(ada).await.is(409),
        root.delete_user(bob).await.is(204),
    ]
}
