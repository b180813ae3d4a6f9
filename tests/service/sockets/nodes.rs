//! Several nodes on one database, with Redis between them.

use std::io::Write;
use std::time::Duration;

use bailiwick_testkit::app::{Caller, Engine, TestApp, TestAppOptions};
use serde_json::{Value, json};

/// Returns the URL from the environment; without one it reports that `test` is left out.
fn redis_or_left_out(test: &str) -> Option<String> {
    match std::env::var("BAILIWICK_TEST_REDIS") {
        Ok(url) if !url.is_empty() => Some(url),
        _ => {
            assert!(std::env::var("BAILIWICK_TEST_REQUIRE").is_err(), "a server of Redis is required");
            let _ = writeln!(
                std::io::stderr(),
                "left out: {test} on Redis (BAILIWICK_TEST_REDIS names no server)"
            );
            None
        }
    }
}

fn options(url: &str) -> TestAppOptions {
    // A prefix that both nodes of one test share with no other test.
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let prefix = format!("bailiwick-test:{}:{test}:", std::process::id());
    TestAppOptions { events: Some((url.to_owned(), prefix)), ..Default::default() }
}

async fn two_nodes(test: &str) -> Option<(TestApp, TestApp)> {
    let (engine, redis) = (Engine::postgres_or_left_out(test)?, redis_or_left_out(test)?);
    let one = TestApp::start_with(&engine, options(&redis)).await;
    let other = one.start_beside(options(&redis)).await;
    Some((one, other))
}

fn on(node: &TestApp, caller: &Caller) -> Caller {
    Caller { base: node.base.clone(), ..caller.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_reaches_every_node_once() {
    let Some((one, other)) = two_nodes("events across nodes").await else { return };
    let ada = one.sign_up("ada").await;
    let there = on(&other, &ada);
    let (mut here, mut far) = (ada.socket(&ada.org).await, there.socket(&ada.org).await);
    far.say("subscribe", json!({ "channel": "docs" })).await;
    far.expect("subscribed").await;
    for n in 0..10 {
        let publisher = if n % 2 == 0 { &ada } else { &there };
        publisher.publish(&ada.org, "kb:read", None, json!(n)).await;
        for socket in [&mut here, &mut far] {
            let told = socket.expect("event").await;
            assert_eq!(told, json!({ "event": "kb:read", "channel": null, "data": n }));
        }
    }
    ada.publish(&ada.org, "kb:read", Some("docs"), Value::Null).await;
    assert_eq!(far.expect("event").await["channel"], "docs");
    here.is_quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_and_authority_are_those_of_all_nodes() {
    let Some((one, other)) = two_nodes("authority across nodes").await else { return };
    let ada = one.sign_up("ada").await;
    let bob = one.bring_in(&ada, "bob", "member").await;
    let ticket = bob.ticket().await.is(200);
    let query = format!("ticket={}", ticket.text_of("/ticket"));
    let mut his = on(&other, &bob).connect(&query).await;
    his.expect("connect").await;
    bob.connect(&query).await.expect_close(1008, "Invalid ticket").await;
    ada.suspend(&bob).await.is(200);
    his.expect_close(1008, "Access denied: User access has been suspended in this organization").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_nothing_is_published_and_sockets_stay() {
    let app = TestApp::start_with(&Engine::Sqlite, options("redis://127.0.0.1:1")).await;
    let ada = app.sign_up("ada").await;
    let mut socket = ada.socket(&ada.org).await;
    let refused = ada.publish_event(json!({ "event": "kb:read" }));
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    refused.refuses(503, "Service unavailable");
    socket.is_quiet().await;
}
