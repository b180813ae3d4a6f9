//! Sockets and events.

use bailiwick_testkit::app::Reply;
use reqwest::Method;
use serde_json::json;

use super::scene::{Scene, again};

super::pinned!(issue_ticket, connect, publish_event);

async fn issue_ticket(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let issued = ada.ticket().await.is(200);
    vec![again(ada, &issued, json!(5)).await.is(422), issued, bob.ticket().await.is(403)]
}

async fn connect(Scene { app, ada, anyone, .. }: &Scene) -> Vec<Reply> {
    let ticket = ada.ticket().await.is(200).text_of("/ticket");
    let path = format!("/ws/connect?ticket={ticket}");
    let upgrade = async |origin: &str| {
        let request = anyone.request(Method::GET, &path).header("origin", origin);
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let request = request.header("sec-websocket-version", "13");
        anyone.send(request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")).await
    };
    vec![
        upgrade("https://elsewhere.example").await.is(403),
        anyone.get(&path).await.is(426),
        upgrade(&app.base).await.is(101),
    ]
}

async fn publish_event(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let event = json!({ "event": "kb:read", "channel": "articles", "data": { "article": 5 } });
    vec![
        ada.publish_event(event.clone()).await.is(202),
        bob.publish_event(event).await.is(403),
        ada.publish_event(json!({})).await.is(422),
    ]
}
