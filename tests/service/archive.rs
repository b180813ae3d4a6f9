//! Organizations whose only member is switched off: to everybody they do not exist.

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::json;

use crate::logins::{PASSWORD, root, rows};

const STRANGER: &str = "User is not a member of this organization";

async fn slug_of(who: &Caller) -> String {
    who.read_org().await.is(200).text_of("/slug")
}

async fn invite(who: &Caller, email: &str) {
    who.invite(email, "guest").await.is(200);
}

on_every_engine!(an_archived_organization_does_not_exist);

async fn an_archived_organization_does_not_exist(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let eve = app.bring_in(&ada, "eve", "member").await;
    ada.remove(&eve).await.is(204);
    let (slug, org) = (slug_of(&ada).await, ada.org.clone());
    invite(&ada, &eve.email).await;
    invite(&ada, "new@example.com").await;
    let (eves, news) = (app.post.secret_for(&eve.email).await, app.post.secret_for("new@example.com").await);
    ada.deactivate_me().await.is(200);

    for caller in [eve.in_org(&org), root.in_org(&org)] {
        for reply in [
            caller.read_org().await,
            caller.members().await,
            caller.member(&eve).await,
            caller.me_as_member().await,
            caller.roles().await,
            caller.permissions().await,
            caller.who_can("kb:read").await,
            caller.invitations().await,
            caller.audit().await,
            caller.protected().await,
        ] {
            reply.refuses(403, STRANGER);
        }
    }
    assert_eq!(eve.orgs().await.is(200).field("/items"), json!([]));
    assert_eq!(eve.me().await.is(200).field("/organizations"), json!([]));
    for token in [&eves, &news] {
        let preview = app.anyone().preview(token).await;
        preview.refuses(404, "Invitation not found");
        let decline = app.anyone().decline_token(token).await;
        decline.refuses(404, "Invitation not found");
    }
    eve.accept_token(&eves).await.refuses(404, "Invitation not found");
    let body = json!({ "token": news, "email": "new@example.com", "password": PASSWORD,
        "first_name": "N", "last_name": "W" });
    app.anyone().post("/auth/signup-invite", body).await.refuses(404, "Invitation not found");
    let taken = eve.post("/organizations", json!({ "name": "Another", "slug": slug })).await;
    taken.refuses(409, "Slug already in use");
    let again = json!({ "email": ada.email, "password": PASSWORD, "first_name": "A", "last_name": "B" });
    app.anyone().post("/auth/signup", again).await.refuses(409, "Email already registered");
}

on_every_engine!(it_comes_back_with_its_member);

async fn it_comes_back_with_its_member(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let second = ada.found_org("Second").await.is(201).text_of("/id");
    invite(&ada, "new@example.com").await;
    let news = app.post.secret_for("new@example.com").await;
    let slug = slug_of(&ada).await;
    ada.deactivate_me().await.is(200);
    root.activate(&ada).await.is(204);
    let back = app.log_in_again(&ada).await;
    assert_eq!(slug_of(&back).await, slug);
    let mine = back.orgs().await.is(200).field("/items");
    let ids: Vec<_> = mine.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [ada.org.as_str(), &second]);
    assert_eq!(back.in_org(&ada).me_as_member().await.is(200).field("/role"), "owner");
    app.anyone().preview(&news).await.is(200);
    let history = back.in_org(&ada).audit_by("limit=100").await.is(200).field("/items");
    let actions: Vec<_> = history.as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert!(actions.contains(&json!("organization.archive")), "{actions:?}");
    assert!(
        actions.contains(&json!("organization.restore")) && actions.contains(&json!("organization.create"))
    );
}

on_every_engine!(the_last_of_several_archives_it_and_an_owner_brings_it_back);

async fn the_last_of_several_archives_it_and_an_owner_brings_it_back(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = root(&app).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    bob.deactivate_me().await.is(200);
    ada.deactivate_me().await.is(200);
    let archived = "SELECT slug FROM organizations WHERE archived_at IS NOT NULL";
    assert_eq!(rows(&app, archived).await.len(), 1);
    // An active member is not enough, because the organization would have no owner.
    root.activate(&bob).await.is(204);
    let bob = app.log_in(&bob.email).await;
    bob.in_org(&ada).read_org().await.refuses(403, STRANGER);
    root.activate(&ada).await.is(204);
    bob.in_org(&ada).read_org().await.is(200);
    let ada = app.log_in_again(&ada).await;
    ada.deactivate_me().await.refuses(409, "Organization needs an active owner");
}

on_every_engine!(two_who_go_at_once_leave_an_owner_or_nobody);

async fn two_who_go_at_once_leave_an_owner_or_nobody(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for round in 0..20 {
        let ada = app.sign_up(&format!("ada{round}")).await;
        let bob = app.bring_in(&ada, &format!("bob{round}"), "owner").await;
        let go = ada.request(Method::DELETE, "/auth/me");
        let (off, left) = tokio::join!(ada.send(go), bob.leave());
        // In serial order: Ada deactivates, so Bob is the last owner; or Bob leaves, so Ada is alone.
        assert_eq!(off.is(200).status, 200);
        assert!(matches!(left.status, 204 | 409), "{}", left.text);
    }
    let ownerless = "SELECT o.slug FROM organizations o WHERE o.archived_at IS NULL AND NOT EXISTS
        (SELECT 1 FROM memberships m JOIN roles r ON r.id = m.role_id JOIN users u ON u.id = m.user_id
         WHERE m.org_id = o.id AND m.status = 'active' AND u.status = 'active' AND r.system = 'owner')";
    assert_eq!(rows(&app, ownerless).await, Vec::<String>::new());
}
