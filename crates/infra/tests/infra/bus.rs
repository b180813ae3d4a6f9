//! Events through a real Redis, also while it fails. The conformance suite tests what every bus promises.
//!
//! The server is that of `BAILIWICK_TEST_REDIS`, or one of the test's own if the test kills it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_app::sockets::{Channel, Event};
use bailiwick_app::{BusError, EventBus};
use bailiwick_infra::{RedisBus, read_ca_file};
use bailiwick_kernel::{OrgId, Timestamp};
use bailiwick_rbac::Permission;
use bailiwick_testkit::app::{Certificates, Proxy};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::throttle_redis::{Server, prefix, server_or_left_out};

const TIMEOUT: Duration = Duration::from_mins(1);

fn event(data: Value) -> Arc<Event> {
    Arc::new(Event {
        org: OrgId::parse("0198c5a0-7d3e-7000-8000-00000000000a").unwrap(),
        name: Permission::parse("kb:read").unwrap(),
        channel: Some(Channel::parse("docs").unwrap()),
        data,
        at: Timestamp::from_unix_micros(1_700_000_000_123_456).unwrap(),
    })
}

async fn next(events: &mut Receiver<Arc<Event>>) -> Arc<Event> {
    timeout(TIMEOUT, events.recv()).await.expect("an event comes").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_went_and_came_carries_events_again() {
    if server_or_left_out("a Redis that goes").is_none() {
        return;
    }
    let redis = Server::start(None);
    let (url, prefix) = (redis.url(), prefix());
    let (here, there) =
        (RedisBus::connect(&url, &prefix).await.unwrap(), RedisBus::connect(&url, &prefix).await.unwrap());
    let (mut at_home, mut far) = (here.subscribe(), there.subscribe());
    here.publish(event(json!(1))).await.unwrap();
    assert_eq!(
        (next(&mut at_home).await.data.clone(), next(&mut far).await.data.clone()),
        (json!(1), json!(1))
    );
    let port = redis.kill();
    let started = Instant::now();
    let refused = here.publish(event(json!(2))).await;
    assert!(matches!(refused, Err(BusError::Unavailable(_))), "{refused:?}");
    assert!(started.elapsed() < TIMEOUT);
    assert!(at_home.try_recv().is_err(), "what is refused is told to nobody");
    let _redis = Server::start(Some(port));
    let told = async {
        loop {
            let _ = here.publish(event(json!(3))).await;
            if let Ok(Ok(event)) = timeout(Duration::from_millis(100), far.recv()).await {
                return event;
            }
        }
    };
    assert_eq!(timeout(TIMEOUT, told).await.expect("it comes back by itself").data, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_lost_without_a_sign_is_replaced_within_seconds() {
    let Some(url) = server_or_left_out("a partition") else { return };
    let prefix = prefix();
    let address = url.trim_start_matches("redis://").trim_end_matches('/').parse().unwrap();
    let way = Proxy::to(address);
    let far_url = format!("redis://{}", way.address());
    let (here, there) = (
        RedisBus::connect(&url, &prefix).await.unwrap(),
        RedisBus::connect(&far_url, &prefix).await.unwrap(),
    );
    let mut far = there.subscribe();
    here.publish(event(json!(1))).await.unwrap();
    assert_eq!(next(&mut far).await.data, 1);
    // The open connections deliver nothing; new ones work.
    way.only(&way.ports());
    way.cut();
    let told = async {
        loop {
            here.publish(event(json!(2))).await.unwrap();
            if let Ok(Ok(event)) = timeout(Duration::from_millis(100), far.recv()).await {
                return event;
            }
        }
    };
    assert_eq!(timeout(TIMEOUT, told).await.expect("the subscription is replaced").data, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_subscription_stays() {
    let Some(url) = server_or_left_out("an idle subscription") else { return };
    let address = url.trim_start_matches("redis://").trim_end_matches('/').parse().unwrap();
    let way = Proxy::to(address);
    let bus = RedisBus::connect(&format!("redis://{}", way.address()), &prefix()).await.unwrap();
    let before = way.ports();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(way.ports(), before, "several pings were answered on it");
    drop(bus);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_travel_by_tls_where_the_ca_is_trusted() {
    if server_or_left_out("events by TLS").is_none() {
        return;
    }
    let certificates = Certificates::make();
    let roots = read_ca_file(&certificates.ca()).unwrap();
    let redis = Server::start_tls(&certificates, "server");
    let (url, prefix) = (format!("rediss://localhost:{}", redis.address().port()), prefix());
    let [here, there] = [
        RedisBus::connect_trusting(&url, &prefix, &roots).await.unwrap(),
        RedisBus::connect_trusting(&url, &prefix, &roots).await.unwrap(),
    ];
    let mut far = there.subscribe();
    here.publish(event(json!(1))).await.unwrap();
    assert_eq!(next(&mut far).await.data, 1);
    let stranger = RedisBus::connect(&url, &prefix).await.unwrap();
    let refused = stranger.publish(event(json!(2))).await.unwrap_err();
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
}
