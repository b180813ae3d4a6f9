//! Organizations.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

on_every_engine!(founding_and_changing);

async fn founding_and_changing(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let acme = ada.post("/organizations", json!({ "name": "Acme", "slug": "acme" })).await.is(201);
    let id = acme.text_of("/id");
    let second = ada.found_org("Acme").await.is(201);
    assert!(second.text_of("/slug").starts_with("acme-"), "names need not be unique");
    ada.post("/organizations", json!({ "name": "B", "slug": "acme" }))
        .await
        .refuses(409, "Slug already in use");
    ada.post("/organizations", json!({ "name": "B", "slug": "A b" })).await.is(422);

    let changed = ada.in_org(&id).change_org(json!({ "name": "Acme Ltd" })).await.is(200);
    assert_eq!((changed.field("/name"), changed.field("/slug")), (json!("Acme Ltd"), json!("acme")));
    let slug = second.text_of("/slug");
    ada.in_org(&id).change_org(json!({ "slug": slug })).await.refuses(409, "Slug already in use");
    ada.in_org(&id).delete_org().await.is(204);
    ada.in_org(&id).read_org().await.refuses(403, "User is not a member of this organization");
}

on_every_engine!(the_slug_of_a_page_is_in_use);

async fn the_slug_of_a_page_is_in_use(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let taken = "Slug already in use";
    ada.post("/organizations", json!({ "name": "Acme", "slug": "platform" })).await.refuses(409, taken);
    ada.change_org(json!({ "slug": "platform" })).await.refuses(409, taken);
    ada.change_org(json!({ "name": "Acme", "slug": "Platform" })).await.is(422);
    assert_ne!(ada.read_org().await.field("/name"), "Acme", "nothing was changed");
    for free in ["platform-2", "platforms"] {
        ada.change_org(json!({ "slug": free })).await.is(200);
    }
    let named = ada.found_org("Platform").await.is(201);
    assert!(named.text_of("/slug").starts_with("platform-"));
}

on_every_engine!(mine_are_listed_in_pages);

async fn mine_are_listed_in_pages(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for name in ["B", "C", "D"] {
        ada.found_org(name).await.is(201);
    }
    let first = ada.orgs_by("limit=3").await.is(200);
    let cursor = first.text_of("/next_cursor");
    let rest = ada.orgs_by(&format!("limit=3&cursor={cursor}")).await.is(200);
    let names = |reply: &bailiwick_testkit::app::Reply| -> Vec<Value> {
        reply.field("/items").as_array().unwrap().iter().map(|org| org["name"].clone()).collect()
    };
    assert_eq!(names(&first), ["ada's organization", "B", "C"]);
    assert_eq!(names(&rest), ["D"]);
    assert_eq!(rest.field("/next_cursor"), Value::Null);
    assert_eq!(rest.field("/items/0/role/name"), "owner");
    ada.orgs_by("cursor=garbage").await.is(400);
    let eve = app.sign_up("eve").await;
    eve.orgs_by(&format!("cursor={cursor}")).await.is(400);
    for limit in ["0", "101", "x"] {
        ada.orgs_by(&format!("limit={limit}")).await.is(422);
    }
}

on_every_engine!(only_an_owner_deletes);

async fn only_an_owner_deletes(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "admin").await;
    bob.delete_org().await.refuses(403, "Access denied. Required: org:delete");
    ada.create_role("closer", 90, &["org:delete"]).await;
    let zoe = app.bring_in(&ada, "zoe", "closer").await;
    zoe.delete_org().await.refuses(403, "Access denied. Required: owner");
    ada.delete_org().await.is(204);
}

on_every_engine!(ownership_is_handed_over_in_one_swap);

async fn ownership_is_handed_over_in_one_swap(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    bob.transfer_ownership(&bob).await.refuses(403, "Access denied. Required: owner");
    let unknown = "0198c5a0-7d3e-7000-8000-000000000001";
    let stranger = "User is not a member of this organization";
    ada.transfer_ownership(&unknown).await.refuses(404, stranger);
    ada.transfer_ownership(&ada).await.is(422);
    ada.suspend(&bob).await.is(200);
    ada.transfer_ownership(&bob).await.refuses(404, stranger);
    ada.restore(&bob).await.is(200);
    ada.transfer_ownership(&bob).await.is(200);
    let role = async |who: &bailiwick_testkit::app::Caller| {
        who.in_org(&ada).me_as_member().await.is(200).text_of("/role")
    };
    assert_eq!((role(&ada).await, role(&bob).await), ("admin".to_owned(), "owner".to_owned()));
}
