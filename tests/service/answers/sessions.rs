//! Sessions of the caller.

use bailiwick_testkit::app::Reply;
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};

super::pinned!(my_sessions, end_session, log_out, log_out_everywhere);

async fn my_sessions(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![ada.sessions().await.is(200), off.sessions().await.is(403), ada.sessions_by("limit=0").await.is(422)]
}

async fn end_session(Scene { app, ada, off, .. }: &Scene) -> Vec<Reply> {
    app.log_in_again(ada).await;
    let sessions = ada.sessions().await.is(200).field("/items");
    let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let refused = off.end_session(NOBODYS).await.is(403);
    vec![
        ada.end_session(other["id"].as_str().unwrap()).await.is(204),
        ada.end_session(NOBODYS).await.is(404),
        again(ada, &refused, json!(5)).await.is(422),
        refused,
    ]
}

async fn log_out(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        off.log_out().await.is(403),
        ada.post("/auth/logout", json!(5)).await.is(422),
        ada.log_out().await.is(204),
    ]
}

async fn log_out_everywhere(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![
        off.log_out_everywhere().await.is(403),
        ada.post("/auth/logout-all", json!(5)).await.is(422),
        ada.log_out_everywhere().await.is(204),
    ]
}
