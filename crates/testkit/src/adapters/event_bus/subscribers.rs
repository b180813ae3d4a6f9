//! Subscribers that do not keep up.

use bailiwick_app::MIN_BACKLOG;
use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;

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
    let last = read_all(&mut slow);
    assert_eq!(last, MANY, "each event is read, or reported as missed");
    world.publish(&*bus, &event(json!(MANY))).await;
    assert_eq!(world.next(&mut slow).await.data, json!(MANY), "it goes on after that");
}

/// Reads what is there. Returns the number of events read and missed.
fn read_all(slow: &mut Subscriber) -> usize {
    let mut expected = 0;
    loop {
        match slow.try_recv() {
            Ok(event) => {
                assert_eq!(event.data, json!(expected), "an event was skipped in silence");
                expected += 1;
            }
            Err(TryRecvError::Lagged(missed)) => expected += usize::try_from(missed).unwrap(),
            Err(TryRecvError::Empty) => return expected,
            Err(TryRecvError::Closed) => panic!("the bus closed the subscription"),
        }
    }
}
