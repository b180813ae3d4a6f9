//! The caller's sessions: listed and ended.

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::logins::{PASSWORD, is_logged_out, log_in, refresh, refuses_refresh, whole};

async fn sessions(caller: &Caller) -> Vec<Value> {
    caller.get("/auth/sessions").await.is(200).field("/items").as_array().unwrap().clone()
}

async fn current_id(caller: &Caller) -> String {
    let all = sessions(caller).await;
    let current: Vec<_> = all.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "{all:?}");
    current[0]["id"].as_str().unwrap().to_owned()
}

on_every_engine!(logins_are_listed);

async fn logins_are_listed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    app.sign_up("eve").await;
    app.clock.advance(Duration::minutes(1));
    let body = json!({ "email": ada.email, "password": PASSWORD });
    let login = app.anyone().request(Method::POST, "/auth/login").header("user-agent", "x".repeat(300));
    let login = ada.send(login.json(&body)).await.is(200);
    let later = ada.with_token(&login.text_of("/access_token"));

    let reply = later.get("/auth/sessions").await.is(200);
    assert_eq!(reply.field("/next_cursor"), Value::Null);
    let items = reply.field("/items");
    let [first, second] = items.as_array().unwrap().as_slice() else { panic!("{items}") };
    for session in [first, second] {
        let members: Vec<_> = session.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["created_at", "current", "device", "id", "ip", "last_seen_at"]);
        assert_eq!(session["ip"], "127.0.0.1");
    }
    assert_eq!((&first["device"], &first["current"]), (&Value::Null, &json!(false)));
    assert_eq!((&second["device"], &second["current"]), (&json!("x".repeat(255)), &json!(true)));
    assert_eq!(first["created_at"], "2026-01-02T03:04:05.678901Z");
    assert_eq!(second["created_at"], "2026-01-02T03:05:05.678901Z");
    assert_eq!(second["last_seen_at"], second["created_at"]);
    assert_eq!(
        current_id(&ada).await,
        first["id"].as_str().unwrap(),
        "the login that asks is the current one"
    );
    app.anyone().get("/auth/sessions").await.refuses(401, "Missing authentication credentials");
}

on_every_engine!(the_list_has_pages);

async fn the_list_has_pages(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let eve = app.sign_up("eve").await;
    for _ in 0..4 {
        app.log_in(&ada.email).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/auth/sessions?limit=2".to_owned());
    for expected in [2, 2, 1] {
        let page = ada.get(&path).await.is(200);
        let items = page.field("/items");
        assert_eq!(items.as_array().unwrap().len(), expected);
        seen.extend(items.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.field("/next_cursor").as_str().map(str::to_owned) else { break };
        path = format!("/auth/sessions?limit=2&cursor={cursor}");
        eve.get(&path).await.refuses(400, "Invalid cursor");
    }
    assert!(!path.is_empty() && seen.is_sorted());
    seen.dedup();
    assert_eq!(seen.len(), 5);
    ada.get("/auth/sessions?cursor=garbage").await.refuses(400, "Invalid cursor");
    for limit in ["0", "101", "x", "-1"] {
        ada.get(&format!("/auth/sessions?limit={limit}")).await.is(422);
    }
}

on_every_engine!(an_ended_session_is_refused_at_once);

async fn an_ended_session_is_refused_at_once(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (phone, phones_refresh) = log_in(&app, &ada.email).await;
    let lost = current_id(&phone).await;
    let ended = ada.delete(&format!("/auth/sessions/{lost}")).await.is(204);
    assert_eq!(ended.text, "");
    is_logged_out(&phone).await;
    refuses_refresh(refresh(&app, &phones_refresh).await);
    assert!(sessions(&ada).await.iter().all(|session| session["id"] != *lost));
    let own = current_id(&ada).await;
    ada.delete(&format!("/auth/sessions/{own}")).await.is(204);
    is_logged_out(&ada).await;
    ada.delete(&format!("/auth/sessions/{own}")).await.refuses(401, "Invalid or expired token");
    log_in(&app, &ada.email).await;
}

on_every_engine!(sessions_of_others_do_not_exist);

/// The response has the same bytes for each id that is not a live session of the caller: unknown, of
/// another account, ended, expired, or malformed.
async fn sessions_of_others_do_not_exist(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let eves = current_id(&eve).await;
    let old = current_id(&app.log_in(&ada.email).await).await;
    app.clock.advance(Duration::days(30));
    let ada = app.log_in(&ada.email).await;
    let eve = app.log_in(&eve.email).await;
    let eves_new = current_id(&eve).await;
    let ended = current_id(&app.log_in(&ada.email).await).await;
    ada.delete(&format!("/auth/sessions/{ended}")).await.is(204);

    let unknown = "0198c5a0-7d3e-7000-8000-0000000000a1";
    let mut answers = Vec::new();
    for id in [unknown, &eves, &eves_new, &old, &ended, "x", "%00", &ada.id] {
        let request = ada.request(Method::DELETE, &format!("/auth/sessions/{id}"));
        let reply = ada.send(request.header("x-request-id", "the-same")).await;
        let reply = reply.refuses(404, "Session not found");
        assert_eq!(reply.field("/code"), "session_not_found");
        answers.push(whole(&reply));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    eve.get("/auth/me").await.is(200);
}

on_every_engine!(expired_sessions_are_not_listed);

async fn expired_sessions_are_not_listed(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    app.clock.advance(Duration::days(30) - Duration::seconds(1));
    let later = app.log_in(&ada.email).await;
    assert_eq!(sessions(&later).await.len(), 2);
    app.clock.advance(Duration::seconds(1));
    assert_eq!(sessions(&later).await.len(), 1);
}

on_every_engine!(logging_out_ends_this_login_or_all);

async fn logging_out_ends_this_login_or_all(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let eve = app.sign_up("eve").await;
    let (phone, phones_refresh) = log_in(&app, &ada.email).await;
    let out = phone.post("/auth/logout", json!({})).await.is(204);
    assert_eq!(out.text, "");
    is_logged_out(&phone).await;
    refuses_refresh(refresh(&app, &phones_refresh).await);
    phone.post("/auth/logout", json!({})).await.refuses(401, "Invalid or expired token");
    ada.get("/auth/me").await.is(200);

    let (tablet, tablets_refresh) = log_in(&app, &ada.email).await;
    // The request needs neither a body nor a content type.
    ada.send(ada.request(Method::POST, "/auth/logout-all")).await.is(204);
    for gone in [&ada, &tablet] {
        is_logged_out(gone).await;
    }
    refuses_refresh(refresh(&app, &tablets_refresh).await);
    eve.get("/auth/me").await.is(200);
    let again = app.log_in(&ada.email).await;
    assert_eq!(sessions(&again).await.len(), 1);
    for path in ["/auth/logout", "/auth/logout-all"] {
        app.anyone().post(path, json!({})).await.refuses(401, "Missing authentication credentials");
    }
    again.send(again.request(Method::POST, "/auth/logout")).await.is(204);
}

on_every_engine!(last_activity_is_stored);

/// Activity is stored once a minute and when the service stops, not within requests.
async fn last_activity_is_stored(engine: Engine) {
    let mut app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let idle = app.log_in(&ada.email).await;
    app.clock.advance(Duration::minutes(10));
    ada.get(&format!("/users/me?org_id={}", ada.org)).await.is(200);
    app.clock.advance(Duration::minutes(10));
    ada.get("/auth/sessions").await.is(200);
    app.restart_with(TestAppOptions::default()).await;
    let ada = Caller { base: app.base.clone(), ..ada };
    let idle = current_id(&Caller { base: app.base.clone(), ..idle }).await;
    assert_eq!(ada.get("/auth/me").await.field("/last_active"), "2026-01-02T03:24:05.678901Z");
    let all = sessions(&ada).await;
    let seen = |id: &str| all.iter().find(|one| one["id"] == *id).unwrap()["last_seen_at"].clone();
    assert_eq!(seen(&current_id(&ada).await), "2026-01-02T03:24:05.678901Z");
    assert_eq!(seen(&idle), "2026-01-02T03:04:05.678901Z", "the other login was not used");
}
