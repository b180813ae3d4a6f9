//! The invitations to the caller's address: listed, accepted and declined by id.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;
use tokio::task::JoinSet;

use crate::logins::mail_to;

const NOBODYS: &str = "0198c5a0-7d3e-7000-8000-000000000001";
const UNVERIFIED: &str = "Email not verified. Verification required before login.";
const INVITED: &str = "Access denied: User invitation is still pending acceptance";

/// Signs up an account and verifies its address.
pub(crate) async fn verified(app: &TestApp, name: &str) -> Caller {
    let caller = app.sign_up(name).await;
    let token = app.post.secret_for(&caller.email).await;
    app.anyone().verify_email(&token).await.is(200);
    caller
}

/// Invites an address; returns the id of the invitation and the mailed token.
async fn invite(app: &TestApp, by: &Caller, email: &str, role: &str) -> (String, String) {
    let id = by.invite(email, role).await.is(200).text_of("/id");
    (id, app.post.secret_for(email).await)
}

async fn answer(who: &Caller, id: &str, what: &str) -> Reply {
    match what {
        "accept" => who.accept(id).await,
        _ => who.decline(id).await,
    }
}

async fn listed(who: &Caller) -> Vec<Value> {
    who.received().await.is(200).json().as_array().unwrap().clone()
}

fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json();
    body["request_id"].take();
    body
}

on_every_engine!(the_pending_ones_are_listed);

async fn the_pending_ones_are_listed(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, eve, bob) = (app.sign_up("ada").await, app.sign_up("eve").await, verified(&app, "bob").await);
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
    let body = json!({ "email": " BOB@Example.com ", "org_id": ada.org,
        "role_id": ada.role_id("member").await, "message": "Come in" });
    let sent = ada.post("/auth/invite", body).await.is(200);
    let (from_eve, token) = invite(&app, &eve, &bob.email, "guest").await;
    invite(&app, &ada, "zoe@example.com", "guest").await;
    let list = bob.received().await.is(200);
    assert_eq!(list.field("/0"), sent.json(), "the same shape as for the organization");
    assert_eq!((list.field("/1/id"), list.field("/1/organization/id")), (json!(from_eve), json!(eve.org)));
    assert_eq!(list.field("/2"), Value::Null);
    assert!(!list.text.contains(&token), "the token is in the mail alone");

    // A resent invitation is a new one; revoked, declined and expired ones are not listed.
    let again = ada.resend(&sent.text_of("/id")).await.is(200);
    assert_eq!(
        listed(&bob).await.iter().map(|i| i["id"].clone()).collect::<Vec<_>>(),
        [json!(from_eve), again.field("/id")]
    );
    eve.revoke(&from_eve).await.is(204);
    assert_eq!(listed(&bob).await, [again.json()]);
    app.clock.advance(Duration::hours(48));
    assert_eq!(listed(&app.log_in(&bob.email).await).await, Vec::<Value>::new(), "expired");
    mail_to(&app, &bob.email).await;
}

on_every_engine!(it_is_accepted_by_id);

async fn it_is_accepted_by_id(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, verified(&app, "bob").await);
    let (id, token) = invite(&app, &ada, &bob.email, "member").await;
    bob.in_org(&ada).protected().await.refuses(403, INVITED);
    let member = answer(&bob, &id, "accept").await.is(200);
    assert_eq!((member.field("/id"), member.field("/status")), (json!(bob.id), json!("active")));
    assert_eq!(member.field("/role/name"), "member");
    bob.in_org(&ada).protected().await.is(200);
    for what in ["accept", "decline"] {
        answer(&bob, &id, what).await.refuses(409, "Invitation already used");
    }
    bob.accept_token(&token).await.refuses(409, "Invitation already used");
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
}

on_every_engine!(it_is_declined_by_id);

async fn it_is_declined_by_id(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, verified(&app, "bob").await);
    let (id, token) = invite(&app, &ada, &bob.email, "member").await;
    assert_eq!(answer(&bob, &id, "decline").await.is(204).text, "");
    let stranger = "User is not a member of this organization";
    bob.in_org(&ada).protected().await.refuses(403, stranger);
    ada.member(&bob).await.refuses(404, stranger);
    for what in ["accept", "decline"] {
        answer(&bob, &id, what).await.refuses(410, "Invitation declined");
    }
    bob.accept_token(&token).await.refuses(410, "Invitation declined");
    let read = ada.invitation(&id).await.is(200);
    assert_eq!(read.field("/status"), "declined");
    // A former member is outside again.
    let (id, _) = invite(&app, &ada, &bob.email, "member").await;
    answer(&bob, &id, "accept").await.is(200);
    bob.in_org(&ada).leave().await.is(204);
    let (id, _) = invite(&app, &ada, &bob.email, "guest").await;
    answer(&bob, &id, "decline").await.is(204);
    bob.in_org(&ada)
        .protected()
        .await
        .refuses(403, "Access denied: User has been removed from this organization");
}

on_every_engine!(an_address_that_is_not_verified_is_refused_first);

/// An account may be created with any address, and the id of the invitation proves nothing.
async fn an_address_that_is_not_verified_is_refused_first(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let proof = app.post.secret_for(&bob.email).await;
    let (id, _) = invite(&app, &ada, &bob.email, "member").await;
    let refused = bob.received().await.refuses(403, UNVERIFIED);
    assert_eq!(refused.field("/code"), "email_not_verified");
    for id in [id.as_str(), NOBODYS, "nonsense"] {
        for what in ["accept", "decline"] {
            answer(&bob, id, what).await.refuses(403, UNVERIFIED);
            answer(&app.anyone(), id, what).await.refuses(401, "Missing authentication credentials");
        }
    }
    app.anyone().received().await.refuses(401, "Missing authentication credentials");
    bob.in_org(&ada).protected().await.refuses(403, INVITED);
    app.anyone().verify_email(&proof).await.is(200);
    answer(&bob, &id, "accept").await.is(200);
}

on_every_engine!(one_for_another_mailbox_does_not_exist);

async fn one_for_another_mailbox_does_not_exist(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob, eve) =
        (app.sign_up("ada").await, verified(&app, "bob").await, verified(&app, "eve").await);
    let (id, _) = invite(&app, &ada, &bob.email, "admin").await;
    // Not even for the account that sent it.
    for who in [&eve, &app.bring_in(&ada, "zoe", "owner").await] {
        for what in ["accept", "decline"] {
            let foreign = answer(who, &id, what).await.refuses(404, "Invitation not found");
            for unknown in [NOBODYS, "nonsense"] {
                let unknown = answer(who, unknown, what).await.is(404);
                assert_eq!(without_request_id(&foreign), without_request_id(&unknown));
            }
        }
        assert_eq!(listed(who).await, Vec::<Value>::new());
    }
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        bob.send(bob.request(method, &format!("/auth/invitations/{id}/accept"))).await;
    }
    assert_eq!(listed(&bob).await[0]["id"], json!(id), "untouched");
    // The account has moved; the invitation stays with the address that it was sent to.
    bob.change_email("b2@example.com", crate::logins::PASSWORD).await.is(202);
    let token = app.post.secret_for("b2@example.com").await;
    app.anyone().confirm_email(&token).await.is(200);
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
    answer(&bob, &id, "accept").await.refuses(404, "Invitation not found");
    assert_eq!(mail_to(&app, "bob@example.com").await, ["email_change_requested", "email_changed"]);
}

on_every_engine!(it_is_refused_as_by_token);

async fn it_is_refused_as_by_token(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, verified(&app, "bob").await);
    let (first, _) = invite(&app, &ada, &bob.email, "guest").await;
    let (second, _) = invite(&app, &ada, &bob.email, "guest").await;
    for what in ["accept", "decline"] {
        answer(&bob, &first, what).await.refuses(410, "Invitation revoked");
    }
    ada.revoke(&second).await.is(204);
    answer(&bob, &second, "accept").await.refuses(410, "Invitation revoked");
    // The inviter's permission is checked again.
    let zoe = app.bring_in(&ada, "zoe", "admin").await;
    let (third, _) = invite(&app, &zoe, &bob.email, "guest").await;
    ada.assign(&zoe, "guest").await.is(200);
    answer(&bob, &third, "accept").await.refuses(403, "Inviter may no longer grant this role");
    bob.in_org(&ada).protected().await.refuses(403, INVITED);
    let (fourth, _) = invite(&app, &ada, &bob.email, "guest").await;
    app.clock.advance(Duration::hours(48));
    let bob = app.log_in(&bob.email).await;
    for what in ["accept", "decline"] {
        answer(&bob, &fourth, what).await.refuses(410, "Invitation expired");
    }
    // The invitations of an archived organization do not exist.
    let ada = app.log_in_again(&ada).await;
    let (fifth, _) = invite(&app, &ada, &bob.email, "guest").await;
    ada.delete_org().await.is(204);
    answer(&bob, &fifth, "accept").await.refuses(404, "Invitation not found");
    answer(&bob, &fifth, "decline").await.refuses(404, "Invitation not found");
    assert_eq!(listed(&bob).await, Vec::<Value>::new());
}

on_every_engine!(it_counts_as_an_acceptance);

async fn it_counts_as_an_acceptance(engine: Engine) {
    let app =
        TestApp::start_with(&engine, TestAppOptions { throttle: true, ..TestAppOptions::default() }).await;
    let bob = verified(&app, "bob").await;
    // Returns how many acceptances by token a client has left after some by id.
    let left = async |client: &str, by_id: usize| {
        let bob = bob.from(client);
        for _ in 0..by_id {
            answer(&bob, NOBODYS, "accept").await.refuses(404, "Invitation not found");
            answer(&bob, NOBODYS, "decline").await.is(404);
        }
        let mut left = 0;
        while bob.accept_token("inv_wrong").await.status == 404 {
            left += 1;
        }
        answer(&bob, NOBODYS, "accept").await.is(429);
        answer(&bob, NOBODYS, "decline").await.is(404);
        left
    };
    assert_eq!(left("192.0.2.1", 0).await, left("192.0.2.2", 3).await + 3);
}

on_every_engine!(one_of_many_at_once_wins);

/// By id and by token, accepted and declined.
async fn one_of_many_at_once_wins(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, verified(&app, "bob").await);
    let (id, token) = invite(&app, &ada, &bob.email, "guest").await;
    let mut calls = JoinSet::new();
    for n in 0..64 {
        let (bob, id, token) = (bob.clone(), id.clone(), token.clone());
        calls.spawn(async move {
            loop {
                let reply = match n % 4 {
                    0 => bob.accept_token(&token).await,
                    1 => answer(&bob, &id, "decline").await,
                    _ => answer(&bob, &id, "accept").await,
                };
                // All connections were busy for too long, so nothing was changed.
                if reply.status != 503 {
                    return reply.status;
                }
            }
        });
    }
    let statuses = calls.join_all().await;
    let won: Vec<_> = statuses.iter().copied().filter(|status| *status < 300).collect();
    let (late, seen) = match won.as_slice() {
        [200] => (409, 200),
        [204] => (410, 403),
        _ => panic!("{statuses:?}"),
    };
    assert!(statuses.iter().all(|status| *status == won[0] || *status == late), "{statuses:?}");
    bob.in_org(&ada).protected().await.is(seen);
}

on_every_engine!(it_is_accepted_or_ended_by_the_inviter);

async fn it_is_accepted_or_ended_by_the_inviter(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, verified(&app, "bob").await);
    for round in 0..20 {
        let (id, _) = invite(&app, &ada, &bob.email, "guest").await;
        let end = async { if round % 2 == 0 { ada.resend(&id).await } else { ada.revoke(&id).await } };
        let (accepted, ended) = tokio::join!(answer(&bob, &id, "accept"), end);
        match (accepted.status, ended.status) {
            (200, 409) => {
                bob.in_org(&ada).protected().await.is(200);
                bob.in_org(&ada).leave().await.is(204);
            }
            (410, 200 | 204) => {
                bob.in_org(&ada).protected().await.is(403);
            }
            statuses => panic!("round {round}: {statuses:?}"),
        }
    }
    mail_to(&app, &bob.email).await;
}
