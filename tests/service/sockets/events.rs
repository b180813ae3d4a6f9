//! Events reach the sockets whose users have the permission, and no others.

use bailiwick_testkit::app::{Engine, Socket, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use super::reassign;

async fn gets(socket: &mut Socket, event: &str, channel: Value, data: Value) {
    let told = socket.expect("event").await;
    assert_eq!(told, json!({ "event": event, "channel": channel, "data": data }));
}

on_every_engine!(events_reach_users_with_the_permission);

async fn events_reach_users_with_the_permission(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let eve = app.sign_up("eve").await;
    let mut tabs = [ada.socket(&ada.org).await, ada.socket(&ada.org).await];
    let mut his = bob.socket(&ada.org).await;
    let mut elsewhere = eve.socket(&eve.org).await;
    ada.publish(&ada.org, "kb:write", None, json!({ "n": 1 })).await;
    ada.publish(&ada.org, "kb:read", None, json!(["two"])).await;
    for tab in &mut tabs {
        gets(tab, "kb:write", Value::Null, json!({ "n": 1 })).await;
        gets(tab, "kb:read", Value::Null, json!(["two"])).await;
    }
    gets(&mut his, "kb:read", Value::Null, json!(["two"])).await;
    elsewhere.is_quiet().await;
    // A permission that is in no catalogue works as well.
    let reply = ada.publish_event(json!({ "event": "weather:rain" })).await;
    assert_eq!(reply.is(202).text, "");
    gets(&mut tabs[0], "weather:rain", Value::Null, Value::Null).await;
    his.is_quiet().await;
}

on_every_engine!(the_permissions_at_the_time_of_an_event_decide);

async fn the_permissions_at_the_time_of_an_event_decide(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let mut his = bob.socket(&ada.org).await;
    ada.publish(&ada.org, "kb:write", None, json!(1)).await;
    gets(&mut his, "kb:write", Value::Null, json!(1)).await;
    reassign(&ada, &bob, 30, &["ws:connect", "kb:read"]).await;
    ada.publish(&ada.org, "kb:write", None, json!(2)).await;
    ada.publish(&ada.org, "kb:read", None, json!(3)).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        let frame = his.next().await;
        told.push((frame["type"].clone(), frame["data"]["data"].clone()));
    }
    told.sort_by_key(|(kind, _)| kind.to_string());
    assert_eq!(told, [(json!("authority_changed"), Value::Null), (json!("event"), json!(3))]);
    ada.suspend(&bob).await.is(200);
    ada.publish(&ada.org, "kb:read", None, json!(4)).await;
    his.expect_close(1008, "Access denied: User access has been suspended in this organization").await;
}

on_every_engine!(events_of_a_channel_reach_its_subscribers);

async fn events_of_a_channel_reach_its_subscribers(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let (mut hers, mut other) = (ada.socket(&ada.org).await, ada.socket(&ada.org).await);
    let mut his = bob.socket(&ada.org).await;
    for socket in [&mut hers, &mut his] {
        for _ in 0..2 {
            socket.say("subscribe", json!({ "channel": "docs/1" })).await;
            assert_eq!(socket.expect("subscribed").await, json!({ "channel": "docs/1" }));
        }
    }
    ada.publish(&ada.org, "kb:write", Some("docs/1"), json!(1)).await;
    ada.publish(&ada.org, "kb:read", Some("docs/1"), json!(2)).await;
    ada.publish(&ada.org, "kb:read", Some("docs/2"), json!(3)).await;
    gets(&mut hers, "kb:write", json!("docs/1"), json!(1)).await;
    gets(&mut hers, "kb:read", json!("docs/1"), json!(2)).await;
    gets(&mut his, "kb:read", json!("docs/1"), json!(2)).await;
    other.is_quiet().await;
    hers.say("unsubscribe", json!({ "channel": "docs/1" })).await;
    assert_eq!(hers.expect("unsubscribed").await, json!({ "channel": "docs/1" }));
    ada.publish(&ada.org, "kb:read", Some("docs/1"), json!(4)).await;
    ada.publish(&ada.org, "kb:read", None, json!(5)).await;
    gets(&mut hers, "kb:read", Value::Null, json!(5)).await;
    gets(&mut his, "kb:read", json!("docs/1"), json!(4)).await;
    gets(&mut his, "kb:read", Value::Null, json!(5)).await;
    gets(&mut other, "kb:read", Value::Null, json!(5)).await;
}

on_every_engine!(publishing_needs_its_permission_and_a_sound_event);

async fn publishing_needs_its_permission_and_a_sound_event(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "member").await;
    let admin = app.bring_in(&ada, "zoe", "admin").await;
    let event = json!({ "event": "kb:read", "data": {} });
    bob.publish_event(event.clone()).await.refuses(403, "Access denied. Required: events:publish");
    bob.publish_event(json!([])).await.refuses(403, "Access denied. Required: events:publish");
    app.anyone().in_org(&ada).publish_event(event.clone()).await.is(401);
    admin.publish_event(event.clone()).await.is(202);
    ada.post("/events", event.clone()).await.refuses(400, "Invalid org id");
    let mut conflicting = event;
    conflicting["org_id"] = json!("0198c5a0-7d3e-7000-8000-0000000000ff");
    ada.publish_event(conflicting).await.refuses(400, "Conflicting org ids");
    for (body, pointer) in [
        (json!({}), "/event"),
        (json!({ "event": "kb" }), "/event"),
        (json!({ "event": "kb:*" }), "/event"),
        (json!({ "event": "*" }), "/event"),
        (json!({ "event": 5 }), "/event"),
        (json!({ "event": "kb:read", "channel": "" }), "/channel"),
        (json!({ "event": "kb:read", "channel": "x".repeat(129) }), "/channel"),
        (json!({ "event": "kb:read", "channel": "a\nb" }), "/channel"),
    ] {
        let reply = ada.publish_event(body.clone()).await.refuses(422, "Validation failed");
        assert_eq!(reply.field("/errors/0/pointer"), pointer, "{body}");
    }
    ada.publish_event(json!({ "event": "kb:read", "data": "x".repeat(65_536) })).await.is(413);
}
