//! Subscribers that do not keep up.

use bailiwick_app::MIN_BACKLOG;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::World;
use super::tools::{Subscriber, event};

/// More events than an adapter keeps for a subscriber.
const MANY: usize = 5_000;

pub async fn a_subscriber_may_lag_behind_a_little(world: World) {
    let bus = world.bus();
    let mut slow = bus.subscribe();
    for number in 0..MIN_BACKLOG {
        world.publish(&*bus, &event(json!(number))).await;
    }
    for number in 0..MIN_BACKLOG {
        assert_eq!(world.next(&mut slow).await.data, json!(number));
    }
}

pub async fn a_subscriber_that_does_not_read_blocks_no_publisher(world: World) {
    let bus = world.bus();
    let (_deaf, mut prompt) = (bus.subscribe(), bus.subscribe());
    for number in 0..MANY {
        world.publish(&*bus, &event(json!(number))).await;
        assert_eq!(world.next(&mut prompt).await.data, json!(number), "nor does another subscriber miss one");
    }
}

pub async fn a_subscriber_that_lags_too_far_behind_is_told_how_many_it_missed(world: World) {
    let bus = world.bus();
    let mut slow = bus.subscribe();
    for number in 0..MANY {
        world.publish(&*bus, &event(json!(number))).await;
    }
    read_all(&world, &mut slow).await;
    world.publish(&*bus, &event(json!(MANY))).await;
    assert_eq!(world.next(&mut slow).await.data, json!(MANY), "it goes on after that");
}

/// Reads until each of the events is read, or reported as missed.
async fn read_all(world: &World, slow: &mut Subscriber) {
    let mut expected = 0;
    while expected < MANY {
        match timeout(world.deadline(), slow.recv()).await.expect("an event, or a report of missed ones") {
            Ok(event) => {
                assert_eq!(event.data, json!(expected), "an event was skipped in silence");
                expected += 1;
            }
            Err(RecvError::Lagged(missed)) => expected += usize::try_from(missed).unwrap(),
            Err(RecvError::Closed) => panic!("the bus closed the subscription"),
        }
    }
    assert_eq!(expected, MANY, "more events were reported than published");
}
