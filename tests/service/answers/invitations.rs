//! Invitations of the organization, and what their mailed tokens do.

use bailiwick_testkit::app::Reply;
use serde_json::{Value, json};

use super::scene::{NOBODYS, Scene, again};
use crate::logins::PASSWORD;

super::pinned!(
    invite,
    invite_many,
    list_invitations,
    read_invitation,
    resend_invitation,
    revoke_invitation,
    preview_invitation,
    accept_invitation,
    decline_invitation,
    sign_up_by_invitation,
);

const NEW: &str = "new@example.com";

impl Scene {
    /// Invites an address as a guest; returns the id of the invitation and the mailed token.
    async fn invited(&self, email: &str) -> (String, String) {
        let id = self.ada.invite(email, "guest").await.is(200).text_of("/id");
        // The mail of a sign-up may arrive before it.
        loop {
            let token = self.app.post.secret_for(email).await;
            if token.starts_with("inv_") {
                return (id, token);
            }
        }
    }

    /// The token of an invitation that was revoked.
    async fn revoked(&self) -> String {
        let (id, token) = self.invited("revoked@example.com").await;
        self.ada.revoke(&id).await.is(204);
        token
    }

    /// The token of an invitation that was accepted.
    async fn accepted(&self) -> String {
        let (_, token) = self.invited("accepted@example.com").await;
        self.anyone.post("/auth/signup-invite", sign_up(&token, "accepted@example.com")).await.is(201);
        token
    }
}

fn sign_up(token: &str, email: &str) -> Value {
    json!({ "token": token, "email": email, "password": PASSWORD, "first_name": "New", "last_name": "Tester" })
}

async fn invite(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let guest = ada.role_id("guest").await;
    vec![
        ada.invite(NEW, &guest).await.is(200),
        bob.invite(NEW, &guest).await.is(403),
        ada.invite(NEW, NOBODYS).await.is(404),
        ada.invite(&bob.email, &guest).await.is(409),
        ada.post("/auth/invite", json!({ "org_id": ada.org })).await.is(422),
    ]
}

async fn invite_many(Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let guest = ada.role_id("guest").await;
    let rows: Vec<_> =
        [NEW, &bob.email, "x"].iter().map(|email| json!({ "email": email, "role_id": guest })).collect();
    vec![
        ada.invite_many(rows.clone()).await.is(200),
        bob.invite_many(rows).await.is(403),
        ada.invite_many(json!([])).await.is(422),
    ]
}

async fn list_invitations(scene @ Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    scene.invited(NEW).await;
    vec![
        ada.invitations_by("status=pending").await.is(200),
        bob.invitations().await.is(403),
        ada.invitations_by("status=lost").await.is(422),
    ]
}

async fn read_invitation(scene @ Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (id, _) = scene.invited(NEW).await;
    vec![
        ada.invitation(&id).await.is(200),
        bob.invitation(&id).await.is(403),
        ada.invitation(NOBODYS).await.is(404),
    ]
}

async fn resend_invitation(scene @ Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (id, _) = scene.invited(NEW).await;
    let refused = bob.resend(&id).await.is(403);
    vec![
        again(ada, &refused, json!(5)).await.is(422),
        refused,
        ada.resend(NOBODYS).await.is(404),
        ada.resend(&id).await.is(200),
        ada.resend(&id).await.is(409),
    ]
}

async fn revoke_invitation(scene @ Scene { ada, bob, .. }: &Scene) -> Vec<Reply> {
    let (id, _) = scene.invited(NEW).await;
    let refused = bob.revoke(&id).await.is(403);
    vec![
        again(ada, &refused, json!(5)).await.is(422),
        refused,
        ada.revoke(NOBODYS).await.is(404),
        ada.revoke(&id).await.is(204),
        ada.revoke(&id).await.is(409),
    ]
}

async fn preview_invitation(scene @ Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    let (_, token) = scene.invited(NEW).await;
    vec![
        anyone.preview(&token).await.is(200),
        anyone.preview("inv_wrong").await.is(404),
        anyone.preview(&scene.accepted().await).await.is(409),
        anyone.preview(&scene.revoked().await).await.is(410),
    ]
}

async fn accept_invitation(scene @ Scene { eve, off, .. }: &Scene) -> Vec<Reply> {
    let (_, token) = scene.invited(&eve.email).await;
    vec![
        eve.accept_token(&token).await.is(200),
        off.accept_token(&token).await.is(403),
        eve.accept_token("inv_wrong").await.is(404),
        eve.accept_token(&token).await.is(409),
        eve.accept_token(&scene.revoked().await).await.is(410),
        eve.post("/invitations/accept", json!({})).await.is(422),
    ]
}

async fn decline_invitation(scene @ Scene { anyone, .. }: &Scene) -> Vec<Reply> {
    let (_, token) = scene.invited(NEW).await;
    vec![
        anyone.decline_token(&token).await.is(204),
        anyone.decline_token("inv_wrong").await.is(404),
        anyone.decline_token(&scene.accepted().await).await.is(409),
        anyone.decline_token(&scene.revoked().await).await.is(410),
        anyone.post("/invitations/decline", json!({})).await.is(422),
    ]
}

async fn sign_up_by_invitation(scene @ Scene { app, anyone, ada, .. }: &Scene) -> Vec<Reply> {
    let (_, token) = scene.invited(NEW).await;
    let zoe = app.user("zoe").in_org(ada).role("admin").await;
    zoe.invite("lost@example.com", "guest").await.is(200);
    let of_zoe = app.post.secret_for("lost@example.com").await;
    ada.suspend(&zoe).await.is(200);
    let come_in =
        async |token: &str, email: &str| anyone.post("/auth/signup-invite", sign_up(token, email)).await;
    vec![
        come_in(&token, NEW).await.is(201),
        come_in(&of_zoe, "lost@example.com").await.is(403),
        come_in("inv_wrong", NEW).await.is(404),
        come_in(&token, NEW).await.is(409),
        come_in(&scene.revoked().await, "revoked@example.com").await.is(410),
        anyone.post("/auth/signup-invite", json!({})).await.is(422),
    ]
}
