//! Addresses and tokens as they are copied from mails, chats and spreadsheets: with white space and
//! invisible characters around them, which every route trims in the same way.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Url;
use serde_json::json;

use crate::logins::{BAD_RESET, PASSWORD, mail_to, reset, reset_token, try_password};
use crate::setup::{plant, set_up};
use crate::throttles::wait_of;

/// Characters before and after the copied text.
const AROUND: [(&str, &str); 6] = [
    ("", "\r\n"),
    ("\n\t", "  "),
    ("\u{a0}", "\u{a0}"),
    ("\u{feff}", "\u{200b}"),
    ("\u{202a}", "\u{202c}"),
    ("\u{3000}\u{2060}", "\u{200d}\u{ad}"),
];

fn copied(text: &str) -> impl Iterator<Item = String> {
    AROUND.iter().map(move |(before, behind)| format!("{before}{text}{behind}"))
}

fn in_query(name: &str, value: &str) -> String {
    let url = Url::parse_with_params("http://localhost/", [(name, value)]).unwrap();
    url.query().unwrap().to_owned()
}

fn person(email: &str) -> serde_json::Value {
    json!({ "email": email, "password": PASSWORD, "first_name": "A", "last_name": "B" })
}

on_every_engine!(text_around_an_address_is_ignored);

async fn text_around_an_address_is_ignored(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    mail_to(&app, &ada.email).await;
    for (n, (before, behind)) in AROUND.iter().enumerate() {
        let written = format!("{before}User{n}@Example.com{behind}");
        let made = app.anyone().post("/auth/signup", person(&written)).await.is(201);
        assert_eq!(made.field("/email"), format!("user{n}@example.com"));
    }
    for written in copied("Ada@example.com") {
        app.anyone().post("/auth/signup", person(&written)).await.refuses(409, "Email already registered");
        try_password(&app, &written, PASSWORD).await.is(200);
        app.anyone().post("/auth/forgot-password", json!({ "email": written })).await.is(200);
        app.anyone().post("/auth/resend-verification", json!({ "email": written })).await.is(200);
        let change = json!({ "new_email": written, "password": PASSWORD });
        ada.post("/auth/change-email", change).await.refuses(409, "Email is unchanged");
        assert_eq!(mail_to(&app, &ada.email).await, ["reset_password", "verify_email"], "{written:?}");
    }
}

on_every_engine!(text_around_an_invited_address_is_ignored);

async fn text_around_an_invited_address_is_ignored(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let role = ada.role_id(&ada.org, "guest").await;
    let bulk = format!("/invitations/bulk?org_id={}", ada.org);
    for (n, (before, behind)) in AROUND.iter().enumerate() {
        let address = format!("guest{n}@example.com");
        let written = format!("{before}{}{behind}", address.to_uppercase());
        let invite = json!({ "email": written, "org_id": ada.org, "role_id": role });
        assert_eq!(ada.post("/auth/invite", invite).await.is(200).field("/email"), address);
        let rows = json!({ "invitations": [{ "email": written, "role_id": role }] });
        let sent = ada.post(&bulk, rows).await.is(200);
        assert_eq!(sent.field("/results/0/invitation/email"), address);
        let pending = ada.get(&format!("/invitations?status=pending&org_id={}", ada.org)).await.is(200);
        assert_eq!(pending.field("/items").as_array().unwrap().len(), 1, "the second replaced the first");
        mail_to(&app, &address).await;
        let resend = format!("/invitations/{}/resend", pending.text_of("/items/0/id"));
        ada.post(&format!("{resend}?org_id={}", ada.org), json!({})).await.is(200);
        let token = app.post.secret_for(&address).await;
        let mut body = person(&written);
        body["token"] = json!(format!("{before}{token}{behind}"));
        let made = app.anyone().post("/auth/signup-invite", body).await.is(201);
        assert_eq!(made.field("/email"), address);
    }
}

on_every_engine!(an_address_to_move_to_is_trimmed);

async fn an_address_to_move_to_is_trimmed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for (n, (before, behind)) in AROUND.iter().enumerate() {
        let address = format!("new{n}@example.com");
        let change = json!({ "new_email": format!("{before}{address}{behind}"), "password": PASSWORD });
        ada.post("/auth/change-email", change).await.is(202);
        let token = app.post.secret_for(&address).await;
        let token = json!({ "token": format!("{before}{token}{behind}") });
        let moved = app.anyone().post("/auth/confirm-email", token).await.is(200);
        assert_eq!(moved.field("/email"), address);
    }
}

on_every_engine!(a_search_for_an_address_is_trimmed);

async fn a_search_for_an_address_is_trimmed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let root = crate::logins::root(&app).await;
    let ada = app.sign_up("ada").await;
    let members = format!("/organizations/{}/users", ada.org);
    for written in copied("ada@EXAMPLE.com") {
        let search = in_query("search", &written);
        for (who, list) in [(&root, "/platform/users"), (&root, "/platform/outbox"), (&ada, members.as_str())]
        {
            let found = who.get(&format!("{list}?{search}")).await.is(200);
            assert_eq!(found.field("/items").as_array().unwrap().len(), 1, "{list} {written:?}");
        }
    }
}

on_every_engine!(failed_logins_are_counted_by_the_address_without_the_text_around_it);

async fn failed_logins_are_counted_by_the_address_without_the_text_around_it(engine: Engine) {
    let app = crate::throttles::start(&engine).await;
    app.sign_up("ada").await;
    let caller = app.anyone().from("192.0.2.1");
    for (known, address) in [(true, "ada@example.com"), (false, "nobody@example.com"), (false, "no address")]
    {
        for written in copied(address).take(5) {
            caller.try_log_in(&written, "wrong password").await.is(401);
        }
        wait_of(caller.try_log_in(address, PASSWORD).await);
        app.clock.advance(time::Duration::HOUR);
        if known {
            // A success with any spelling clears the failures counted with another.
            caller.try_log_in(&copied(address).last().unwrap(), PASSWORD).await.is(200);
            caller.try_log_in(address, PASSWORD).await.is(200);
        }
    }
}

on_every_engine!(text_around_a_mailed_token_is_ignored);

async fn text_around_a_mailed_token_is_ignored(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let owner = app.sign_up("owner").await;
    for (n, (before, behind)) in AROUND.iter().enumerate() {
        let copied = |token: &str| format!("{before}{token}{behind}");
        let ada = app.sign_up(&format!("ada{n}")).await;
        let token = app.post.secret_for(&ada.email).await;
        let verify = json!({ "token": copied(&token) });
        app.anyone().post("/auth/verify-email", verify).await.is(200);
        let token = reset_token(&app, &ada.email).await;
        reset(&app, &copied(&token), "another new password").await.is(200);

        let token = invite(&app, &owner, &ada.email).await;
        let shown = in_query("token", &copied(&token));
        app.anyone().get(&format!("/auth/signup-invite?{shown}")).await.is(200);
        let decline = json!({ "token": copied(&token) });
        app.anyone().post("/invitations/decline", decline).await.is(204);
        let token = invite(&app, &owner, &ada.email).await;
        let ada = log_in(&app, &ada.email, "another new password").await;
        ada.post("/invitations/accept", json!({ "token": copied(&token) })).await.is(200);
    }
}

async fn invite(app: &TestApp, owner: &Caller, email: &str) -> String {
    let role = owner.role_id(&owner.org, "guest").await;
    let invite = json!({ "email": email, "org_id": owner.org, "role_id": role });
    owner.post("/auth/invite", invite).await.is(200);
    app.post.secret_for(email).await
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Caller {
    let login: Reply = try_password(app, email, password).await.is(200);
    app.anyone().with_token(&login.text_of("/access_token"))
}

on_every_engine!(the_setup_takes_copied_token_and_address);

async fn the_setup_takes_copied_token_and_address(engine: Engine) {
    for (seed, (before, behind)) in (1..).zip(AROUND) {
        let app = TestApp::start(&engine).await;
        let token = plant(&app, seed, 30).await;
        let copied = |text: &str| format!("{before}{text}{behind}");
        let made = set_up(&app, &copied(&token), &copied("Root@example.com")).await.is(201);
        assert_eq!(made.field("/email"), "root@example.com");
    }
}

on_every_engine!(white_space_inside_a_token_is_refused);

async fn white_space_inside_a_token_is_refused(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let token = reset_token(&app, &ada.email).await;
    let (head, tail) = token.split_at(20);
    for inside in [" ", "\r\n", "\u{a0}", "\u{200b}"] {
        reset(&app, &format!("{head}{inside}{tail}"), "another new password").await.refuses(400, BAD_RESET);
    }
    reset(&app, &token, "another new password").await.is(200);
}
