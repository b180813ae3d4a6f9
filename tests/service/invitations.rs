//! Invitations.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::logins::mail_to;

async fn invite(by: &Caller, email: &str, role: &str) -> Reply {
    by.invite(email, role).await
}

fn sign_up(token: &str, email: &str) -> Value {
    json!({ "token": token, "email": email, "password": "securePassword123", "first_name": "John", "last_name": "Doe" })
}

on_every_engine!(a_stranger_comes_in_by_signing_up);

async fn a_stranger_comes_in_by_signing_up(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let sent = invite(&ada, "Bob@Example.com", "member").await.is(200);
    assert_eq!(sent.field("/email"), "bob@example.com");
    assert_eq!(sent.field("/status"), "pending");
    assert_eq!(sent.field("/organization/name"), "ada's organization");
    assert_eq!(sent.field("/role/name"), "member");
    assert_eq!(sent.field("/expires_at"), "2026-01-04T03:04:05.678901Z");
    let token = app.post.secret_for("bob@example.com").await;
    assert!(!sent.text.contains(&token), "the token is in the mail alone");

    let anyone = app.anyone();
    let path = format!("/auth/signup-invite?token={token}");
    let preview = anyone.preview(&token).await.is(200);
    assert_eq!(preview.field("/email"), "bob@example.com");
    assert_eq!(preview.field("/organization/id"), *ada.org);
    assert_eq!(preview.field("/user_exists"), false);
    assert_eq!(anyone.preview(&token).await.is(200).text, preview.text, "reading does not consume");
    for method in [Method::HEAD, Method::OPTIONS] {
        anyone.send(anyone.request(method, &path)).await;
    }
    anyone
        .post("/auth/signup-invite", sign_up(&token, "eve@example.com"))
        .await
        .refuses(400, "Email mismatch");
    let made = anyone.post("/auth/signup-invite", sign_up(&token, "BOB@example.com")).await.is(201);
    assert_eq!(made.field("/email_verified"), true);
    let used = "Invitation already used";
    anyone.post("/auth/signup-invite", sign_up(&token, "bob@example.com")).await.refuses(409, used);
    anyone.preview(&token).await.refuses(409, used);
    let bob = anyone.with_token(
        &anyone.try_log_in("bob@example.com", "securePassword123").await.is(200).text_of("/access_token"),
    );
    let me = bob.me().await.is(200);
    assert_eq!(me.field("/organizations/0/role/name"), "member");
    assert_eq!(me.field("/organizations").as_array().map(Vec::len), Some(1));
}

on_every_engine!(an_account_accepts);

async fn an_account_accepts(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob, eve) = (app.sign_up("ada").await, app.sign_up("bob").await, app.sign_up("eve").await);
    app.post.secret_for("bob@example.com").await;
    invite(&ada, "bob@example.com", "member").await.is(200);
    let token = app.post.secret_for("bob@example.com").await;
    bob.in_org(&ada)
        .protected()
        .await
        .refuses(403, "Access denied: User invitation is still pending acceptance");
    assert_eq!(app.anyone().preview(&token).await.is(200).field("/user_exists"), true);
    app.anyone()
        .post("/auth/signup-invite", sign_up(&token, "bob@example.com"))
        .await
        .refuses(409, "Email already registered");
    eve.accept_token(&token).await.refuses(400, "Email mismatch");
    let member = bob.accept_token(&token).await.is(200);
    assert_eq!((member.field("/status"), member.field("/role/name")), (json!("active"), json!("member")));
    assert_eq!(bob.me().await.field("/email_verified"), true, "the mailed token proves the mailbox");
    bob.in_org(&ada).protected().await.is(200);
    bob.accept_token(&token).await.refuses(409, "Invitation already used");
    invite(&ada, "bob@example.com", "guest")
        .await
        .refuses(409, "User is already a member of this organization");
}

on_every_engine!(inviting_again_replaces);

async fn inviting_again_replaces(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let first = invite(&ada, "bob@example.com", "guest").await.is(200).text_of("/id");
    let old = app.post.secret_for("bob@example.com").await;
    let second = invite(&ada, "bob@example.com", "member").await.is(200).text_of("/id");
    let new = app.post.secret_for("bob@example.com").await;
    assert_ne!(first, second);
    app.anyone().preview(&old).await.refuses(410, "Invitation revoked");
    let read = ada.invitation(&first).await.is(200);
    assert_eq!(read.field("/status"), "superseded");

    let third = ada.resend(&second).await.is(200).text_of("/id");
    assert_ne!(second, third);
    let newest = app.post.secret_for("bob@example.com").await;
    app.anyone()
        .post("/auth/signup-invite", sign_up(&new, "bob@example.com"))
        .await
        .refuses(410, "Invitation revoked");
    ada.resend(&second).await.refuses(409, "Invitation is no longer pending");
    app.anyone().post("/auth/signup-invite", sign_up(&newest, "bob@example.com")).await.is(201);
}

on_every_engine!(revoked_declined_and_expired_do_not_open);

async fn revoked_declined_and_expired_do_not_open(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let anyone = app.anyone();
    let mut tokens = Vec::new();
    for name in ["revoked", "declined", "expired"] {
        let email = format!("{name}@example.com");
        let id = invite(&ada, &email, "guest").await.is(200).text_of("/id");
        tokens.push((id, app.post.secret_for(&email).await, email));
    }
    ada.revoke(&tokens[0].0).await.is(204);
    ada.revoke(&tokens[0].0).await.refuses(409, "Invitation is no longer pending");
    anyone.decline_token(&tokens[1].1).await.is(204);
    app.clock.advance(Duration::hours(48));
    let ada = app.log_in_again(&ada).await;
    for ((_, token, email), status) in
        tokens.iter().zip(["Invitation revoked", "Invitation declined", "Invitation expired"])
    {
        anyone.preview(token).await.refuses(410, status);
        anyone.post("/auth/signup-invite", sign_up(token, email)).await.refuses(410, status);
    }
    for token in ["", "x", "inv_x", "ver_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        anyone.preview(token).await.refuses(404, "Invitation not found");
    }
    ada.resend(&tokens[2].0).await.refuses(409, "Invitation is no longer pending");
    invite(&ada, "expired@example.com", "guest").await.is(200);
    assert_eq!(mail_to(&app, "expired@example.com").await, ["invitation"]);
}

on_every_engine!(declining_leaves_everything_as_it_was);

async fn declining_leaves_everything_as_it_was(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for("bob@example.com").await;
    invite(&ada, "bob@example.com", "guest").await.is(200);
    let token = app.post.secret_for("bob@example.com").await;
    app.anyone().decline_token(&token).await.is(204);
    let stranger = "User is not a member of this organization";
    bob.in_org(&ada).protected().await.refuses(403, stranger);
    ada.member(&bob).await.refuses(404, stranger);
    bob.accept_token(&token).await.refuses(410, "Invitation declined");
}

on_every_engine!(an_invited_account_counts_until_expiry);

async fn an_invited_account_counts_until_expiry(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    invite(&ada, "bob@example.com", "guest").await.is(200);
    let shown = ada.member(&bob).await.is(200);
    assert_eq!(shown.field("/status"), "invited");
    app.clock.advance(Duration::hours(48));
    let bob = app.log_in("bob@example.com").await;
    let stranger = "User is not a member of this organization";
    bob.in_org(&ada).protected().await.refuses(403, stranger);
    assert_eq!(mail_to(&app, "bob@example.com").await, ["verify_email", "invitation"]);
}

on_every_engine!(removal_takes_the_invitation_with_it);

async fn removal_takes_the_invitation_with_it(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    app.post.secret_for("bob@example.com").await;
    invite(&ada, "bob@example.com", "guest").await.is(200);
    let token = app.post.secret_for("bob@example.com").await;
    ada.remove(&bob).await.is(204);
    bob.accept_token(&token).await.refuses(410, "Invitation revoked");
}

on_every_engine!(lists_have_pages_and_states);

async fn lists_have_pages_and_states(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(invite(&ada, &format!("p{n}@example.com"), "guest").await.is(200).text_of("/id"));
    }
    ada.revoke(&ids[1]).await.is(204);
    let list = async |query: &str| {
        let reply = ada.invitations_by(query).await.is(200);
        let items = reply.field("/items");
        let found: Vec<_> =
            items.as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
        (found, reply.field("/next_cursor"))
    };
    assert_eq!(list("").await.0, ids);
    assert_eq!(list("status=revoked").await.0, [ids[1].clone()]);
    assert_eq!(list("status=pending").await.0, [ids[0].clone(), ids[2].clone()]);
    let (first, cursor) = list("limit=2").await;
    assert_eq!(first, ids[..2]);
    assert_eq!(list(&format!("limit=2&cursor={}", cursor.as_str().unwrap())).await.0, ids[2..]);
    ada.invitations_by("status=nonsense").await.is(422);
    for email in ["p0@example.com", "p1@example.com", "p2@example.com"] {
        assert_eq!(mail_to(&app, email).await, ["invitation"]);
    }
}

on_every_engine!(many_at_once_have_an_outcome_each);

async fn many_at_once_have_an_outcome_each(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.role_id("guest").await;
    let row = |email: &str| json!({ "email": email, "role_id": role });
    let rows = vec![
        row("a@example.com"),
        row("nonsense"),
        row("ada@example.com"),
        json!({ "email": "b@example.com", "role_id": "0198c5a0-7d3e-7000-8000-000000000001" }),
        json!(7),
        row("c@example.com"),
    ];
    let reply = ada.invite_many(rows).await.is(200);
    let results = reply.field("/results");
    let statuses: Vec<_> = results.as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, [200, 422, 409, 404, 422, 200]);
    assert_eq!(results[0]["invitation"]["email"], "a@example.com");
    assert_eq!(results[2]["problem"]["detail"], "User is already a member of this organization");
    app.post.secret_for("c@example.com").await;
    let many: Vec<_> = (0..101).map(|n| row(&format!("m{n}@example.com"))).collect();
    ada.invite_many(many).await.is(422);
    ada.post(&format!("/invitations/bulk?org_id={}", ada.org), json!({})).await.is(422);
    assert_eq!(mail_to(&app, "a@example.com").await, ["invitation"]);
}

on_every_engine!(an_address_gets_one_mail_of_many_rows);

async fn an_address_gets_one_mail_of_many_rows(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    let (guest, member) = (ada.role_id("guest").await, ada.role_id("member").await);
    let unknown = "0198c5a0-7d3e-7000-8000-000000000001";
    let row = |email: &str, role: &str| json!({ "email": email, "role_id": role });
    let rows = vec![
        row("a@example.com", &guest),
        // The first row with this address is refused, so the next one is processed.
        row("b@example.com", unknown),
        row(" A@Example.COM ", &member),
        row("b@example.com", &guest),
        row("a@example.com", unknown),
        row("b@example.com", &member),
        row("ada@example.com", &guest),
        row("ada@example.com", &guest),
        row("c@example.com", &guest),
    ];
    let reply = ada.invite_many(rows).await.is(200);
    let results = reply.field("/results").as_array().unwrap().clone();
    let statuses: Vec<_> = results.iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, [200, 404, 409, 200, 409, 409, 409, 409, 200]);
    for n in [2, 4, 5] {
        let problem = &results[n]["problem"];
        assert_eq!(problem["code"], "duplicate_in_request", "row {n}");
        assert_eq!(problem["detail"], "Address appears twice in this request");
        assert_eq!(results[n]["invitation"], Value::Null);
    }
    for n in [6, 7] {
        assert_eq!(results[n]["problem"]["detail"], "User is already a member of this organization");
    }
    assert_eq!(results[2]["email"], " A@Example.COM ", "as written");
    assert_eq!(results[0]["invitation"]["role"]["name"], "guest");
    for email in ["a@example.com", "b@example.com", "c@example.com"] {
        assert_eq!(mail_to(&app, email).await.len(), 1, "{email}");
    }
    let listed = ada.invitations().await.is(200);
    assert_eq!(listed.field("/items").as_array().unwrap().len(), 3);
    // In the next request it is a resend.
    let again = ada.invite_many(vec![row("a@example.com", &guest)]).await.is(200);
    assert_eq!(again.field("/results/0/status"), 200);
    assert_eq!(mail_to(&app, "a@example.com").await, ["invitation"]);
}

on_every_engine!(a_row_that_is_there_twice_costs_nothing);

async fn a_row_that_is_there_twice_costs_nothing(engine: Engine) {
    let options = TestAppOptions { throttle: true, ..TestAppOptions::default() };
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let guest = ada.role_id("guest").await;
    let rows = vec![json!({ "email": "bob@example.com", "role_id": guest }); 50];
    let reply = ada.invite_many(rows).await.is(200);
    let of = |status: u16| {
        let results = reply.field("/results");
        results.as_array().unwrap().iter().filter(|row| row["status"] == status).count()
    };
    assert_eq!((of(200), of(409)), (1, 49));
    // If each row had counted, the limit of the address would be exhausted.
    invite(&ada, "bob@example.com", "guest").await.is(200);
    assert_eq!(mail_to(&app, "bob@example.com").await, ["invitation", "invitation"]);
}
