//! Tickets: valid once and for 30 seconds, instead of a token in the URL.

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions, sql};
use bailiwick_testkit::on_every_engine;
use serde_json::json;
use time::Duration;

use super::reassign;

async fn ticket(caller: &Caller, org: &str) -> String {
    let reply = caller.in_org(org).ticket().await.is(200);
    assert_eq!((reply.field("/expires_in"), reply.header("cache-control")), (json!(30), "no-store"));
    reply.text_of("/ticket")
}

async fn is_refused(caller: &Caller, ticket: &str, reason: &str) {
    caller.connect(&format!("ticket={ticket}")).await.expect_close(1008, reason).await;
}

on_every_engine!(a_ticket_opens_one_socket);

async fn a_ticket_opens_one_socket(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let first = ticket(&ada, &ada.org).await;
    assert!(!sql::dump(app.database_url()).await.contains(&first), "only its hash is stored");
    let mut socket = ada.connect(&format!("ticket={first}")).await;
    let greeting = socket.expect("connect").await;
    assert_eq!((&greeting["user_id"], &greeting["org_id"]), (&json!(ada.id), &json!(ada.org)));
    is_refused(&ada, &first, "Invalid ticket").await;
    for text in ["x", "tkt_x", &ada.token] {
        is_refused(&ada, text, "Invalid ticket").await;
    }
    let with_org = ticket(&ada, &ada.org).await;
    let mut other = ada.connect(&format!("ticket={with_org}&org_id={}", ada.org)).await;
    other.expect("connect").await;
    let elsewhere = ticket(&ada, &ada.org).await;
    let query = format!("ticket={elsewhere}&org_id=0198c5a0-7d3e-7000-8000-0000000000ff");
    ada.connect(&query).await.expect_close(1008, "Invalid org id").await;
    // The socket stays open until the token that requested the ticket expires.
    app.clock.advance(Duration::minutes(60));
    socket.expect_close(1008, "Invalid token: expired").await;
}

on_every_engine!(a_ticket_ends_with_its_time_its_session_and_the_right);

async fn a_ticket_ends_with_its_time_its_session_and_the_right(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let (old, young) = (ticket(&bob, &ada.org).await, ticket(&bob, &ada.org).await);
    app.clock.advance(Duration::seconds(30) - Duration::microseconds(1));
    bob.connect(&format!("ticket={young}")).await.expect("connect").await;
    app.clock.advance(Duration::microseconds(1));
    is_refused(&bob, &old, "Invalid ticket").await;
    let late = ticket(&bob, &ada.org).await;
    ada.suspend(&bob).await.is(200);
    let suspended = "Access denied: User access has been suspended in this organization";
    is_refused(&bob, &late, suspended).await;
    ada.restore(&bob).await.is(200);
    let late = ticket(&bob, &ada.org).await;
    reassign(&ada, &bob, 30, &["kb:read"]).await;
    is_refused(&bob, &late, "Access denied. Required: ws:connect").await;
    bob.ticket().await.refuses(403, "Access denied. Required: ws:connect");
    let late = ticket(&ada, &ada.org).await;
    ada.log_out().await.is(204);
    is_refused(&ada, &late, "Invalid token: revoked").await;
    app.anyone().in_org(&ada).ticket().await.is(401);
}

on_every_engine!(a_ticket_outlives_no_token);

async fn a_ticket_outlives_no_token(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    app.clock.advance(Duration::minutes(60) - Duration::seconds(10));
    let last = ticket(&ada, &ada.org).await;
    app.clock.advance(Duration::seconds(10));
    is_refused(&ada, &last, "Invalid token: expired").await;
}

on_every_engine!(of_many_who_show_a_ticket_one_comes_in);

async fn of_many_who_show_a_ticket_one_comes_in(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    for _ in 0..5 {
        let ticket = ticket(&ada, &ada.org).await;
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (ada, query) = (ada.clone(), format!("ticket={ticket}"));
                tokio::spawn(async move { ada.connect(&query).await.next_or_end().await.is_some() })
            })
            .collect();
        let mut came_in = 0;
        for task in tasks {
            came_in += usize::from(task.await.unwrap());
        }
        assert_eq!(came_in, 1);
    }
}

on_every_engine!(a_session_gets_so_many_tickets);

async fn a_session_gets_so_many_tickets(engine: Engine) {
    let app = TestApp::start_with(&engine, TestAppOptions { throttle: true, ..Default::default() }).await;
    let ada = app.sign_up("ada").await;
    for _ in 0..120 {
        ada.ticket().await.is(200);
    }
    assert_eq!(ada.ticket().await.is(429).header("retry-after"), "1");
}

on_every_engine!(invalid_tickets_of_a_client_are_refused_before_the_upgrade);

async fn invalid_tickets_of_a_client_are_refused_before_the_upgrade(engine: Engine) {
    let app = TestApp::start_with(&engine, TestAppOptions { throttle: true, ..Default::default() }).await;
    let ada = app.sign_up("ada").await.from("203.0.113.7");
    let used = ticket(&ada, &ada.org).await;
    ada.connect(&format!("ticket={used}")).await.expect("connect").await;
    // Unknown, malformed and used tickets count alike.
    for n in 0..60 {
        let text = match n % 3 {
            0 => used.clone(),
            1 => format!("{}x", &used[..used.len() - 1]),
            _ => "x".to_owned(),
        };
        is_refused(&ada, &text, "Invalid ticket").await;
    }
    let upgrade = |caller: &Caller, query: &str| {
        let request = caller.request(reqwest::Method::GET, &format!("/ws/connect?{query}"));
        request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    for query in [format!("ticket={used}"), "ticket=x".to_owned()] {
        let refusal = ada.send(upgrade(&ada, &query)).await.is(429);
        assert_eq!((refusal.header("retry-after"), refusal.field("/code")), ("1", json!("rate_limited")));
    }
    // A valid ticket is not looked up either, and is still valid after the wait.
    let good = ticket(&ada, &ada.org).await;
    assert_eq!(ada.try_connect(&format!("ticket={good}"), &[]).await.unwrap_err(), 429);
    ada.socket(&ada.org).await;
    let elsewhere = ada.from("203.0.113.8");
    is_refused(&elsewhere, "x", "Invalid ticket").await;
    app.clock.advance(Duration::SECOND);
    ada.connect(&format!("ticket={good}")).await.expect("connect").await;
    // The admission of the valid ticket was given back to the limit.
    is_refused(&ada, "x", "Invalid ticket").await;
    assert_eq!(ada.try_connect("ticket=x", &[]).await.unwrap_err(), 429);
}
