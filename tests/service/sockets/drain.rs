//! The shutdown of a node.

use std::time::Duration;

use bailiwick_testkit::app::{Engine, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;

on_every_engine!(a_node_that_stops_sends_everybody_away);

async fn a_node_that_stops_sends_everybody_away(engine: Engine) {
    let mut options = TestAppOptions::default();
    options.http.drain_delay = Duration::from_secs(2);
    let mut app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let mut sockets = [ada.socket(&ada.org).await, ada.socket(&ada.org).await];
    let query = ada.socket_query();
    let stopped = tokio::task::spawn_blocking(move || app.stop());
    for socket in &mut sockets {
        socket.expect_close(1012, "Service restart").await;
    }
    let mut late = ada.connect(&query).await;
    late.expect_close(1012, "Service restart").await;
    stopped.await.unwrap();
}
