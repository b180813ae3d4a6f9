//! Events between nodes.

use serde_json::json;

use super::World;
use super::races::{OF_EACH, numbers_of_publishers, publish_at_once};
use super::tools::event;

pub async fn an_event_reaches_the_subscribers_of_another_node_once(world: World) {
    let Some(there) = world.other_node() else { return };
    let here = world.bus();
    let mut subscribers = [here.subscribe(), here.subscribe(), there.subscribe(), there.subscribe()];
    for (publisher, text) in [(&here, "from here"), (&there, "from there")] {
        world.publish(&**publisher, &event(json!(text))).await;
        for subscriber in &mut subscribers {
            assert_eq!(world.next(subscriber).await.data, text);
        }
        world.assert_no_more(&**publisher, &mut subscribers).await;
    }
}

pub async fn events_of_a_node_arrive_in_order_at_another(world: World) {
    let Some(there) = world.other_node() else { return };
    let (here, mut subscriber) = (world.bus(), there.subscribe());
    for _ in 0..10 {
        for number in 0..50 {
            world.publish(&*here, &event(json!(number))).await;
        }
        for number in 0..50 {
            assert_eq!(world.next(&mut subscriber).await.data, json!(number));
        }
    }
}

pub async fn of_events_published_at_once_by_two_nodes_each_arrives_once(world: World) {
    let Some(there) = world.other_node() else { return };
    let nodes = [world.bus(), there];
    let mut subscribers = [nodes[0].subscribe(), nodes[1].subscribe()];
    for _ in 0..world.rounds() {
        publish_at_once(&world, &nodes).await;
        for subscriber in &mut subscribers {
            for (publisher, numbers) in numbers_of_publishers(&world, subscriber).await {
                assert!(numbers.iter().copied().eq(0..OF_EACH as u64), "of {publisher}: {numbers:?}");
            }
        }
    }
}

pub async fn another_installation_is_not_told(world: World) {
    let Some(elsewhere) = world.other_installation() else { return };
    let here = world.bus();
    let mut subscribers = [elsewhere.subscribe(), here.subscribe()];
    world.publish(&*here, &event(json!("here alone"))).await;
    assert_eq!(world.next(&mut subscribers[1]).await.data, "here alone");
    world.publish(&*elsewhere, &event(json!("elsewhere"))).await;
    assert_eq!(world.next(&mut subscribers[0]).await.data, "elsewhere");
    world.publish(&*here, &event(json!("here again"))).await;
    assert_eq!(world.next(&mut subscribers[1]).await.data, "here again");
}
