//! Delivery: to whom, how often, and in which order.

use serde_json::json;

use super::World;
use super::tools::{event, org};

pub async fn an_event_reaches_each_subscriber_once(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    let published = event(json!({"text": "once"}));
    world.publish(&*bus, &published).await;
    for subscriber in &mut subscribers {
        assert_eq!(*world.next(subscriber).await, published);
    }
    world.assert_no_more(&*bus, &mut subscribers).await;
}

pub async fn events_arrive_in_the_order_of_their_publication(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    for round in 0..10 {
        for number in 0..50 {
            world.publish(&*bus, &event(json!([round, number]))).await;
        }
        for subscriber in &mut subscribers {
            for number in 0..50 {
                assert_eq!(world.next(subscriber).await.data, json!([round, number]));
            }
        }
    }
}

pub async fn an_event_published_before_the_subscription_is_missed(world: World) {
    let bus = world.bus();
    let mut early = bus.subscribe();
    world.publish(&*bus, &event(json!("before"))).await;
    assert_eq!(world.next(&mut early).await.data, "before");
    let mut late = bus.subscribe();
    world.publish(&*bus, &event(json!("after"))).await;
    assert_eq!(world.next(&mut late).await.data, "after", "events are not stored");
}

pub async fn an_event_without_a_subscriber_is_published(world: World) {
    let bus = world.bus();
    world.publish(&*bus, &event(json!(1))).await;
    drop(bus.subscribe());
    world.publish(&*bus, &event(json!(2))).await;
}

pub async fn a_subscriber_that_goes_away_disturbs_no_other(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    world.publish(&*bus, &event(json!(1))).await;
    drop(subscribers.remove(0));
    world.publish(&*bus, &event(json!(2))).await;
    for subscriber in &mut subscribers {
        assert_eq!(
            [world.next(subscriber).await.data.clone(), world.next(subscriber).await.data.clone()],
            [json!(1), json!(2)]
        );
    }
}

pub async fn events_of_several_organizations_do_not_mix(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    let mut published = Vec::new();
    for number in 0..30 {
        let mut event = event(json!({"only for": number % 3}));
        event.org = org(number % 3);
        world.publish(&*bus, &event).await;
        published.push(event);
    }
    for subscriber in &mut subscribers {
        for expected in &published {
            assert_eq!(*world.next(subscriber).await, *expected, "an event keeps its organization");
        }
    }
}
