//! The limits of an invitation: it concerns the mailbox that it was sent to, and only callers above the
//! offered role may act on it.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

use crate::logins::{PASSWORD, mail_to};

const ABOVE: &str = "Target is not below your level";
const STRANGER: &str = "User is not a member of this organization";

async fn invite(by: &Caller, email: &str, role: &str) -> Reply {
    by.invite(email, role).await
}

async fn revoke(by: &Caller, id: &str) -> Reply {
    by.revoke(id).await
}

on_every_engine!(an_invitation_to_a_role_that_is_not_below_cannot_be_ended);

async fn an_invitation_to_a_role_that_is_not_below_cannot_be_ended(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("desk", 25, &["roles:read", "invitations:*"]).await;
    ada.create_role("low", 5, &["invitations:read"]).await;
    let bob = app.bring_in(&ada, "bob", "desk").await;
    for role in ["admin", "owner", "desk"] {
        let email = format!("{role}@example.com");
        let id = invite(&ada, &email, role).await.is(200).text_of("/id");
        let token = app.post.secret_for(&email).await;
        invite(&bob, &email, "low").await.refuses(403, ABOVE);
        let many =
            bob.invite_many(json!([{ "email": email, "role_id": bob.role_id("low").await }])).await.is(200);
        assert_eq!(many.field("/results/0/status"), 403);
        bob.resend(&id).await.refuses(403, ABOVE);
        revoke(&bob, &id).await.refuses(403, ABOVE);
        app.anyone().preview(&token).await.is(200);
        assert_eq!(mail_to(&app, &email).await, [""; 0]);
        revoke(&ada, &id).await.is(204);
        // A closed invitation does not block another.
        invite(&bob, &email, "low").await.is(200);
        assert_eq!(mail_to(&app, &email).await, ["invitation"]);
    }
    let low = invite(&ada, "low@example.com", "low").await.is(200).text_of("/id");
    let again = invite(&bob, "low@example.com", "low").await.is(200).text_of("/id");
    assert_ne!(low, again);
    revoke(&bob, &again).await.is(204);
    assert_eq!(mail_to(&app, "low@example.com").await, ["invitation", "invitation"]);
}

on_every_engine!(an_invitation_to_a_role_above_that_ran_out_is_in_nobodys_way);

async fn an_invitation_to_a_role_above_that_ran_out_is_in_nobodys_way(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.create_role("desk", 25, &["roles:read", "invitations:*"]).await;
    ada.create_role("low", 5, &["invitations:read"]).await;
    app.bring_in(&ada, "bob", "desk").await;
    invite(&ada, "zoe@example.com", "admin").await.is(200);
    app.clock.advance(time::Duration::hours(48));
    let bob = app.log_in("bob@example.com").await.in_org(&ada);
    invite(&bob, "zoe@example.com", "low").await.is(200);
    assert_eq!(mail_to(&app, "zoe@example.com").await, ["invitation", "invitation"]);
}

on_every_engine!(an_account_that_leaves_an_address_leaves_its_invitations);

async fn an_account_that_leaves_an_address_leaves_its_invitations(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob, eve) = (app.sign_up("ada").await, app.sign_up("bob").await, app.sign_up("eve").await);
    // Bob was a member of one of the organizations before.
    let there = bob.in_org(&eve);
    mail_to(&app, &bob.email).await;
    invite(&eve, &bob.email, "guest").await.is(200);
    let token = app.post.secret_for(&bob.email).await;
    bob.accept_token(&token).await.is(200);
    there.in_org(&eve).leave().await.is(204);
    invite(&eve, &bob.email, "guest").await.is(200);
    let id = invite(&ada, &bob.email, "guest").await.is(200).text_of("/id");

    bob.change_email("private@example.com", PASSWORD).await.is(202);
    let token = app.post.secret_for("private@example.com").await;
    app.anyone().confirm_email(&token).await.is(200);

    for (org, who) in [(&ada.org, &ada), (&eve.org, &eve)] {
        who.in_org(&org).member(&bob).await.refuses(404, STRANGER);
        let members = who.in_org(&org).members().await.is(200);
        assert!(!members.text.contains("private@example.com"), "{}", members.text);
        bob.in_org(&org).protected().await.is(403);
    }
    // The invitations still belong to the mailbox, and can be revoked.
    let read = ada.invitation(&id).await.is(200);
    assert_eq!((read.field("/email"), read.field("/status")), (json!(bob.email), json!("pending")));
    revoke(&ada, &id).await.is(204);
    invite(&ada, "private@example.com", "guest").await.is(200);
    let token = app.post.secret_for("private@example.com").await;
    bob.accept_token(&token).await.is(200);
    assert_eq!(
        mail_to(&app, "bob@example.com").await,
        ["invitation", "invitation", "email_change_requested", "email_changed"]
    );
}
