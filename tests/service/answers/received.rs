//! Invitations that the caller received.

use bailiwick_testkit::app::{Caller, Reply};
use serde_json::json;

use super::scene::{NOBODYS, Scene, again};
use crate::received_invitations::verified;

super::pinned!(list_received_invitations, accept_received_invitation, decline_received_invitation);

/// An account with a verified address, and the id of an invitation to it.
async fn invited(scene: &Scene) -> (Caller, String) {
    let zoe = verified(&scene.app, "zoe").await;
    let id = scene.ada.invite(&zoe.email, "guest").await.is(200).text_of("/id");
    (zoe, id)
}

async fn list_received_invitations(scene: &Scene) -> Vec<Reply> {
    let (zoe, _) = invited(scene).await;
    vec![zoe.received().await.is(200), scene.eve.received().await.is(403)]
}

async fn accept_received_invitation(scene: &Scene) -> Vec<Reply> {
    let (zoe, id) = invited(scene).await;
    let refused = scene.eve.accept(&id).await.is(403);
    vec![
        again(&zoe, &refused, json!(5)).await.is(422),
        refused,
        zoe.accept(NOBODYS).await.is(404),
        zoe.accept(&id).await.is(200),
        zoe.accept(&id).await.is(409),
    ]
}

async fn decline_received_invitation(scene @ Scene { ada, eve, .. }: &Scene) -> Vec<Reply> {
    let (zoe, accepted) = invited(scene).await;
    zoe.accept(&accepted).await.is(200);
    let second = ada.in_org(&ada.found_org("Second").await.is(201).text_of("/id"));
    let id = second.invite(&zoe.email, "guest").await.is(200).text_of("/id");
    let refused = eve.decline(&id).await.is(403);
    vec![
        again(&zoe, &refused, json!(5)).await.is(422),
        refused,
        zoe.decline(NOBODYS).await.is(404),
        zoe.decline(&accepted).await.is(409),
        zoe.decline(&id).await.is(204),
        zoe.decline(&id).await.is(410),
    ]
}
