//! Events published at the same moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_app::EventBus;
use serde_json::json;

use super::World;
use super::tools::{Subscriber, event};
use crate::at_once::at_once;

const PUBLISHERS: usize = 10;
/// Few enough events at once that no subscriber may lose one.
pub const OF_EACH: usize = 5;

/// Lets each publisher publish its events, all at once, alternately on the buses.
pub async fn publish_at_once(world: &World, buses: &[Arc<dyn EventBus>]) {
    let publishers = (0..PUBLISHERS).zip(buses.iter().cycle().cloned());
    let publishing = publishers.map(|(publisher, bus)| {
        let world = world.clone();
        async move {
            for number in 0..OF_EACH {
                world.publish(&*bus, &event(json!([publisher, number]))).await;
            }
        }
    });
    at_once(publishing.collect()).await;
}

/// Reads the events of [`publish_at_once`], and returns the numbers of each publisher in the order of their
/// arrival.
pub async fn numbers_of_publishers(world: &World, subscriber: &mut Subscriber) -> BTreeMap<u64, Vec<u64>> {
    let mut arrived: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for _ in 0..PUBLISHERS * OF_EACH {
        let event = world.next(subscriber).await;
        let [publisher, number] = [0, 1].map(|place| event.data[place].as_u64().unwrap());
        arrived.entry(publisher).or_default().push(number);
    }
    arrived
}

pub async fn of_events_published_at_once_each_arrives_once(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    for _ in 0..world.rounds() {
        publish_at_once(&world, std::slice::from_ref(&bus)).await;
        for subscriber in &mut subscribers {
            for (publisher, mut numbers) in numbers_of_publishers(&world, subscriber).await {
                numbers.sort_unstable();
                assert!(numbers.iter().copied().eq(0..OF_EACH as u64), "of {publisher}: {numbers:?}");
            }
        }
        world.assert_no_more(&*bus, &mut subscribers).await;
    }
}

pub async fn each_publisher_is_heard_in_its_order(world: World) {
    let bus = world.bus();
    let mut subscribers = world.subscribers();
    for _ in 0..world.rounds() {
        publish_at_once(&world, std::slice::from_ref(&bus)).await;
        for subscriber in &mut subscribers {
            for (publisher, numbers) in numbers_of_publishers(&world, subscriber).await {
                assert!(numbers.is_sorted(), "of {publisher}: {numbers:?}");
            }
        }
    }
}
