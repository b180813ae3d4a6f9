//! The objects of another organization do not exist: the response equals, byte for byte, that for an
//! unknown id, and nothing of the other organization changes.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

const NOBODYS: &str = "0198c5a0-7d3e-7000-8000-000000000001";

/// The answers to every operation that takes an id of something inside an organization.
async fn answers(who: &Caller, role: &str, invitation: &str, user: &str) -> Vec<Reply> {
    vec![
        who.read_role(role).await,
        who.change_role(role, json!({ "name": "taken over" })).await,
        who.delete_role(role).await,
        who.reorder_roles(&[role]).await,
        who.invitation(invitation).await,
        who.resend(invitation).await,
        who.revoke(invitation).await,
        who.member(user).await,
        who.suspend(user).await,
        who.remove(user).await,
        who.transfer_ownership(user).await,
        who.invite("x@example.com", role).await,
        who.check(user, &["kb:read"]).await,
        who.explain(user, "kb:read").await,
    ]
}

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json();
    body["request_id"].take();
    body
}

on_every_engine!(foreign_ids_are_unknown_ids);

async fn foreign_ids_are_unknown_ids(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let bob = app.bring_in(&ada, "bob", "member").await;
    let role = ada.create_role("editor", 30, &["kb:read"]).await;
    let invitation = ada.invite("new@example.com", "guest").await.is(200).text_of("/id");
    let before = snapshot(&ada).await;

    let foreign = answers(&eve, &role, &invitation, &bob.id).await;
    let unknown = answers(&eve, NOBODYS, NOBODYS, NOBODYS).await;
    for (foreign, unknown) in foreign.into_iter().zip(unknown) {
        let (foreign, unknown) = (foreign.is(404), unknown.is(404));
        assert_eq!(without_request_id(&foreign), without_request_id(&unknown), "{}", foreign.request);
    }
    for reply in answers(&eve.in_org(&ada), &role, &invitation, &bob.id).await {
        reply.refuses(403, "User is not a member of this organization");
    }
    for reply in answers(&app.anyone().in_org(&ada), &role, &invitation, &bob.id).await {
        reply.refuses(401, "Missing authentication credentials");
    }
    assert_eq!(snapshot(&ada).await, before, "nothing changed");
}

async fn snapshot(owner: &Caller) -> Vec<Value> {
    let replies =
        [owner.read_org().await, owner.members().await, owner.roles().await, owner.invitations().await];
    replies.into_iter().map(|reply| reply.is(200).json()).collect()
}
