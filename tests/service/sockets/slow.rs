//! A client that does not read is disconnected and delays no other.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::json;

on_every_engine!(a_slow_consumer_is_dropped);

async fn a_slow_consumer_is_dropped(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = app.sign_up("ada").await;
    let (mut quick, mut slow) = (ada.socket(&ada.org).await, ada.socket(&ada.org).await);
    let data = json!("x".repeat(60_000));
    // More than the buffers of the kernel hold, which grow to some megabytes.
    let events = 400;
    for _ in 0..events {
        ada.publish(&ada.org, "kb:read", None, data.clone()).await;
        quick.expect("event").await;
    }
    quick.is_quiet().await;
    let (frames, code, reason) = slow.drained().await;
    assert_eq!((code, reason.as_str()), (1013, "Too slow to take what is sent"));
    assert!(frames < events, "{frames}");
}
