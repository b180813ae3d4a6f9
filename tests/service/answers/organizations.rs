//! Organizations.

use bailiwick_testkit::app::{Reply, sql};
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};

super::pinned!(
    my_organizations,
    create_organization,
    read_organization,
    change_organization,
    delete_organization,
    leave_organization,
    transfer_ownership,
);

async fn my_organizations(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    vec![ada.orgs().await.is(200), off.orgs().await.is(403), ada.orgs_by("limit=0").await.is(422)]
}

async fn create_organization(Scene { ada, off, .. }: &Scene) -> Vec<Reply> {
    let second = json!({ "name": "Second", "slug": "second" });
    vec![
        ada.post("/organizations", second.clone()).await.is(201),
        off.found_org("Second").await.is(403),
        ada.post("/organizations", second).await.is(409),
        ada.post("/organizations", json!({})).await.is(422),
    ]
}

async fn read_organization(Scene { ada, eve, .. }: &Scene) -> Vec<Reply> {
    vec![ada.read_org().await.is(200), eve.read_org().await.is(403)]
}

async fn change_organization(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    ada.post("/organizations", json!({ "name": "Second", "slug": "second" })).await.is(201);
    vec![
        ada.change_org(json!({ "name": "Analytical Engine" })).await.is(200),
        bob.change_org(json!({ "name": "Bob's" })).await.is(403),
        ada.change_org(json!({ "slug": "second" })).await.is(409),
        ada.change_org(json!({ "name": "" })).await.is(422),
    ]
}

async fn delete_organization(Scene { app, ada, bob, .. }: &Scene) -> Vec<Reply> {
    let refused = bob.delete_org().await.is(403);
    let mut replies = vec![again(ada, &refused, json!(5)).await.is(422), refused];
    // A table of an embedding program.
    let invoices = "CREATE TABLE invoices (org_id BLOB REFERENCES organizations (id));
        INSERT INTO invoices SELECT id FROM organizations";
    sql::execute(app.database_url(), invoices).await;
    replies.push(ada.delete_org().await.is(409));
    sql::execute(app.database_url(), "DROP TABLE invoices").await;
    replies.push(ada.delete_org().await.is(204));
    replies
}

async fn leave_organization(Scene { ada, bob, eve, .. }: &Scene) -> Vec<Reply> {
    let refused = eve.leave().await.is(403);
    vec![
        again(bob, &refused, json!(5)).await.is(422),
        refused,
        ada.leave().await.is(409),
        bob.leave().await.is(204),
    ]
}

async fn transfer_ownership(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let refused = bob.transfer_ownership(bob).await.is(403);
    vec![
        again(ada, &refused, json!({})).await.is(422),
        refused,
        ada.transfer_ownership(NOBODYS).await.is(404),
        ada.transfer_ownership(bob).await.is(200),
    ]
}
