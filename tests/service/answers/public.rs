//! What the service tells everybody about itself.

use bailiwick_testkit::app::Reply;

use super::scene::Scene;

super::pinned!(alive, ready, version, key_set, list, explain);

async fn alive(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![anyone.get("/healthz").await.is(200)]
}

async fn ready(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![anyone.get("/readyz").await.is(200)]
}

async fn version(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![anyone.get("/version").await.is(200)]
}

async fn key_set(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![anyone.get("/.well-known/jwks.json").await.is(200)]
}

async fn list(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![anyone.get("/problems").await.is(200)]
}

async fn explain(Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    vec![
        anyone.get("/problems/last_owner").await.is(200),
        anyone.get("/problems/no_such_problem").await.is(404),
    ]
}
