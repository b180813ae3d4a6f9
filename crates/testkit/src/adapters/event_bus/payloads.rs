//! What arrives is what was published, on every node.

use bailiwick_app::Event;
use bailiwick_app::sockets::Channel;
use bailiwick_kernel::Timestamp;
use bailiwick_rbac::Permission;
use serde_json::{Value, json};

use super::World;
use super::tools::event;

/// Publishes the events, one after another, and asserts that each subscriber gets each.
async fn assert_arrive_unchanged(world: &World, events: impl IntoIterator<Item = Event>) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    for published in events {
        world.publish(&*bus, &published).await;
        for subscriber in &mut subscribers {
            let arrived = world.next(subscriber).await;
            assert!(*arrived == published, "{} arrived as {}", short(&published), short(&arrived));
        }
    }
}

/// Returns the beginning of an event's `Debug`, because a payload can be large.
fn short(event: &Event) -> String {
    format!("{event:?}").chars().take(500).collect()
}

async fn assert_data_arrive_unchanged(world: &World, data: impl IntoIterator<Item = Value>) {
    assert_arrive_unchanged(world, data.into_iter().map(event)).await;
}

pub async fn every_field_arrives_as_it_was_published(world: World) {
    let plain = event(json!({}));
    let at = |micros| Event { at: Timestamp::from_unix_micros(micros).unwrap(), ..plain.clone() };
    let in_channel = |name: &str| Event { channel: Some(Channel::parse(name).unwrap()), ..plain.clone() };
    let events = [
        Event { channel: None, ..plain.clone() },
        in_channel("a"),
        in_channel("Stra\u{df}e 7 \u{1f511} \"quoted\" \\ /"),
        in_channel(&"x".repeat(128)),
        Event { name: Permission::parse("invoices:refund").unwrap(), ..plain.clone() },
        at(0),
        at(1),
        at(1_767_323_045_678_901),
        Event { data: Value::Null, ..plain.clone() },
    ];
    assert_arrive_unchanged(&world, events).await;
}

pub async fn texts_of_all_scripts_arrive_unchanged(world: World) {
    let texts = [
        "",
        "Zo\u{eb} M\u{fc}ller",
        "e\u{301} is not \u{e9}",
        "\u{6d77}\u{8ecd} \u{639}\u{644}\u{64a} \u{928}\u{93f}\u{916}\u{93f}\u{932}",
        "\u{1f469}\u{200d}\u{1f680} \u{feff}\u{200b}\u{202e}",
        "\0 \r\n \t \u{7f} \u{85} \u{2028}",
        "\u{10ffff} \u{fffd} \u{ffff}",
        "'; DROP TABLE events; -- {\"org\": 1} \\u0000",
    ];
    assert_data_arrive_unchanged(&world, texts.map(|text| json!({ text: text }))).await;
}

pub async fn numbers_arrive_unchanged(world: World) {
    let whole = [json!(0), json!(-1), json!(i64::MIN), json!(i64::MAX), json!(u64::MAX)];
    let broken = [0.1, -0.0, 1e-300, 1.797_693_134_862_315_7e308, 5e-324, 0.1 + 0.2, 123_456_789.123_456_79];
    assert_data_arrive_unchanged(&world, whole).await;
    assert_data_arrive_unchanged(&world, broken.map(|number| json!(number))).await;
    // Many digits are where a reader that is in a hurry rounds wrongly.
    let many = (1..500).map(|number| json!(f64::from(number).sqrt() * 1e-7_f64.powi(number % 40)));
    assert_data_arrive_unchanged(&world, many).await;
}

pub async fn a_large_payload_arrives_unchanged(world: World) {
    let text = "\u{f6}\u{1f511}x\n".repeat(128 * 1024);
    let list: Vec<_> = (0..50_000).collect();
    assert_data_arrive_unchanged(&world, [json!(text), json!(list), json!("small again")]).await;
}

pub async fn a_nested_payload_arrives_unchanged(world: World) {
    let nested = (0..100)
        .fold(json!([]), |inner, depth| if depth % 2 == 0 { json!([inner]) } else { json!({"in": inner}) });
    assert_data_arrive_unchanged(&world, [nested]).await;
}
