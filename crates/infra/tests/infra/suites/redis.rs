//! The conformance suites on Redis. All cases of a suite run in one test, because it may be left out.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::{EventBus, Throttle};
use bailiwick_infra::{RedisBus, RedisThrottle};
use bailiwick_testkit::Outcome;
use bailiwick_testkit::adapters::{event_bus, throttle};

use crate::throttle_redis::{prefix, server_or_left_out, with_long_deadline};

/// A URL of a server that is not there.
const NOWHERE: &str = "redis://127.0.0.1:1";

/// Two nodes that share a server.
struct Nodes<T> {
    here: Arc<T>,
    there: Arc<T>,
    elsewhere: Option<Arc<T>>,
}

async fn connect(url: &str, prefix: &str) -> Arc<RedisThrottle> {
    Arc::new(with_long_deadline(url, prefix).await)
}

#[async_trait]
impl throttle::Fixture for Nodes<RedisThrottle> {
    fn throttle(&self) -> Arc<dyn Throttle> {
        self.here.clone()
    }

    fn other_node(&self) -> Option<Arc<dyn Throttle>> {
        Some(self.there.clone())
    }

    async fn without_counters(&self) -> Option<Arc<dyn Throttle>> {
        Some(connect(NOWHERE, "").await)
    }
}

#[async_trait]
impl event_bus::Fixture for Nodes<RedisBus> {
    fn bus(&self) -> Arc<dyn EventBus> {
        self.here.clone()
    }

    fn other_node(&self) -> Option<Arc<dyn EventBus>> {
        Some(self.there.clone())
    }

    fn other_installation(&self) -> Option<Arc<dyn EventBus>> {
        self.elsewhere.clone().map(|bus| bus as Arc<dyn EventBus>)
    }

    async fn without_transport(&self) -> Option<Arc<dyn EventBus>> {
        Some(Arc::new(RedisBus::connect(NOWHERE, "").await.unwrap()))
    }
}

fn assert_passed(outcomes: &[Outcome]) {
    let failed: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn throttle() {
    let Some(url) = server_or_left_out("the conformance suite of throttles") else { return };
    assert_passed(&throttle::run_all(async || {
        let prefix = prefix();
        Nodes { here: connect(&url, &prefix).await, there: connect(&url, &prefix).await, elsewhere: None }
    }));
}

#[test]
fn event_bus() {
    let Some(url) = server_or_left_out("the conformance suite of event buses") else { return };
    assert_passed(&event_bus::run_all(async || {
        let prefix = prefix();
        let connect = async |prefix: &str| Arc::new(RedisBus::connect(&url, prefix).await.unwrap());
        let [here, there] = [connect(&prefix).await, connect(&prefix).await];
        Nodes { here, there, elsewhere: Some(connect(&format!("{prefix}elsewhere:")).await) }
    }));
}
