//! A transport that cannot be reached.

use std::sync::Arc;

use bailiwick_app::BusError;
use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::timeout;

use super::World;
use super::tools::event;

pub async fn without_its_transport_it_refuses_to_publish(world: World) {
    let Some(bus) = world.without_transport().await else { return };
    for _ in 0..3 {
        let refused = timeout(world.deadline(), bus.publish(Arc::new(event(json!(1))))).await;
        assert!(matches!(refused, Ok(Err(BusError::Unavailable(_)))), "{refused:?}");
    }
}

pub async fn a_refused_event_reaches_no_subscriber(world: World) {
    let Some(bus) = world.without_transport().await else { return };
    let mut subscriber = bus.subscribe();
    for number in 0..3 {
        let refused = timeout(world.deadline(), bus.publish(Arc::new(event(json!(number))))).await;
        assert!(matches!(refused, Ok(Err(_))), "{refused:?}");
    }
    assert_eq!(
        subscriber.try_recv().err(),
        Some(TryRecvError::Empty),
        "the node itself is told, and others not"
    );
}
