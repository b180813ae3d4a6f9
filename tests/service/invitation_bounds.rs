//! The limits of an invitation: it concerns the mailbox that it was sent to, and only callers above the
//! offered role may act on it.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use crate::logins::{PASSWORD, mail_to};

const ABOVE: &str = "Target is not below your level";
const STRANGER: &str = "User is not a member of this organization";

async fn invite(by: &Caller, email: &str, role: &str) -> Reply {
    let role = by.role_id(&by.org, role).await;
    by.post("/auth/invite", json!({ "email": email, "org_id": by.org, "role_id": role })).await
}

async fn revoke(by: &Caller, id: &str) -> Reply {
    by.delete(&format!("/invitations/{id}?org_id={}", by.org)).await
}

on_every_engine!(an_invitation_to_a_role_that_is_not_below_cannot_be_ended);

async fn an_invitation_to_a_role_that_is_not_below_cannot_be_ended(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "desk", 25, &["roles:read", "invitations:*"]).await;
    ada.create_role(&ada.org, "low", 5, &["invitations:read"]).await;
    let bob = Caller { org: ada.org.clone(), ..app.bring_in(&ada, "bob", "desk").await };
    for role in ["admin", "owner", "desk"] {
        let email = format!("{role}@example.com");
        let id = invite(&ada, &email, role).await.is(200).text_of("/id");
        let token = app.post.secret_for(&email).await;
        invite(&bob, &email, "low").await.refuses(403, ABOVE);
        let rows =
            json!({ "invitations": [{ "email": email, "role_id": bob.role_id(&bob.org, "low").await }] });
        let many = bob.post(&format!("/invitations/bulk?org_id={}", bob.org), rows).await.is(200);
        assert_eq!(many.field("/results/0/status"), 403);
        bob.post(&format!("/invitations/{id}/resend?org_id={}", bob.org), json!({}))
            .await
            .refuses(403, ABOVE);
        revoke(&bob, &id).await.refuses(403, ABOVE);
        app.anyone().get(&format!("/auth/signup-invite?token={token}")).await.is(200);
        assert_eq!(mail_to(&app, &email).await, [""; 0]);
        revoke(&ada, &id).await.is(204);
        // A closed invitation does not block another.
        invite(&bob, &email, "low").await.is(200);
    }
    let low = invite(&ada, "low@example.com", "low").await.is(200).text_of("/id");
    let again = invite(&bob, "low@example.com", "low").await.is(200).text_of("/id");
    assert_ne!(low, again);
    revoke(&bob, &again).await.is(204);
}

on_every_engine!(an_invitation_to_a_role_above_that_ran_out_is_in_nobodys_way);

async fn an_invitation_to_a_role_above_that_ran_out_is_in_nobodys_way(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role(&ada.org, "desk", 25, &["roles:read", "invitations:*"]).await;
    ada.create_role(&ada.org, "low", 5, &["invitations:read"]).await;
    app.bring_in(&ada, "bob", "desk").await;
    invite(&ada, "zoe@example.com", "admin").await.is(200);
    app.clock.advance(time::Duration::hours(48));
    let bob = Caller { org: ada.org.clone(), ..app.log_in("bob@example.com").await };
    invite(&bob, "zoe@example.com", "low").await.is(200);
}

on_every_engine!(an_account_that_leaves_an_address_leaves_its_invitations);

async fn an_account_that_leaves_an_address_leaves_its_invitations(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, bob, eve) = (app.sign_up("ada").await, app.sign_up("bob").await, app.sign_up("eve").await);
    // Bob was a member of one of the organizations before.
    let there = Caller { org: eve.org.clone(), ..bob.clone() };
    mail_to(&app, &bob.email).await;
    invite(&eve, &bob.email, "guest").await.is(200);
    let token = app.post.secret_for(&bob.email).await;
    bob.post("/invitations/accept", json!({ "token": token })).await.is(200);
    there.post(&format!("/organizations/{}/leave", eve.org), json!({})).await.is(204);
    invite(&eve, &bob.email, "guest").await.is(200);
    let id = invite(&ada, &bob.email, "guest").await.is(200).text_of("/id");

    let change = json!({ "new_email": "private@example.com", "password": PASSWORD });
    bob.post("/auth/change-email", change).await.is(202);
    let token = app.post.secret_for("private@example.com").await;
    app.anyone().post("/auth/confirm-email", json!({ "token": token })).await.is(200);

    for (org, who) in [(&ada.org, &ada), (&eve.org, &eve)] {
        who.get(&format!("/organizations/{org}/users/{}", bob.id)).await.refuses(404, STRANGER);
        let members = who.get(&format!("/organizations/{org}/users")).await.is(200);
        assert!(!members.text.contains("private@example.com"), "{}", members.text);
        bob.get(&format!("/api/protected?org_id={org}")).await.is(403);
    }
    // The invitations still belong to the mailbox, and can be revoked.
    let read = ada.get(&format!("/invitations/{id}?org_id={}", ada.org)).await.is(200);
    assert_eq!((read.field("/email"), read.field("/status")), (json!(bob.email), json!("pending")));
    revoke(&ada, &id).await.is(204);
    invite(&ada, "private@example.com", "guest").await.is(200);
    let token = app.post.secret_for("private@example.com").await;
    bob.post("/invitations/accept", json!({ "token": token })).await.is(200);
}
