//! The maximum number of sockets of a user, of an address and of a node.

use bailiwick_testkit::app::{Caller, Engine, Socket, TestApp, TestAppOptions};
use bailiwick_testkit::on_every_engine;

async fn open(caller: &Caller, org: &str, count: usize) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for _ in 0..count {
        sockets.push(caller.socket(org).await);
    }
    sockets
}

async fn is_refused(caller: &Caller, org: &str, code: u16, reason: &str) {
    let mut socket = caller.connect(&caller.in_org(org).socket_query()).await;
    socket.expect_close(code, reason).await;
}

/// Opens a socket; retries because a closed one may still be counted for a moment.
async fn comes_in(caller: &Caller, org: &str) -> Socket {
    for _ in 0..1000 {
        let mut socket = caller.connect(&caller.in_org(org).socket_query()).await;
        if socket.next_or_end().await.is_some() {
            return socket;
        }
    }
    panic!("the place of one who left is never free");
}

on_every_engine!(a_user_has_twenty);

async fn a_user_has_twenty(engine: Engine) {
    let app = TestApp::start_with(&engine, TestAppOptions { throttle: true, ..Default::default() }).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let mut sockets = open(&ada.from("192.0.2.1"), &ada.org, 20).await;
    let elsewhere = ada.from("192.0.2.2");
    is_refused(&elsewhere, &ada.org, 1008, "Too many connections of this user").await;
    let _his = bob.socket(&ada.org).await;
    sockets.pop().unwrap().leave().await;
    sockets.push(comes_in(&elsewhere, &ada.org).await);
    is_refused(&elsewhere, &ada.org, 1008, "Too many connections of this user").await;
    for socket in &mut sockets {
        socket.is_quiet().await;
    }
}

on_every_engine!(an_address_has_so_many);

async fn an_address_has_so_many(engine: Engine) {
    let mut options = TestAppOptions { throttle: true, ..Default::default() };
    assert_eq!(options.http.sockets.per_address, 100);
    options.http.sockets.per_address = 3;
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    let _hers = open(&ada.from("192.0.2.1"), &ada.org, 2).await;
    let _his = open(&bob.from("192.0.2.1"), &ada.org, 1).await;
    let reason = "Too many connections from this address";
    is_refused(&bob.from("192.0.2.1"), &ada.org, 1008, reason).await;
    // The IPv6 addresses of a site count as one address.
    let _v6 = open(&bob.from("2001:db8::1"), &ada.org, 3).await;
    is_refused(&bob.from("2001:db8::2"), &ada.org, 1008, reason).await;
    let _other = bob.from("2001:db8:0:1::1").socket(&ada.org).await;
}

on_every_engine!(a_node_has_so_many_and_other_caps_can_be_switched_off);

async fn a_node_has_so_many_and_other_caps_can_be_switched_off(engine: Engine) {
    let mut options = TestAppOptions::default();
    assert_eq!(options.http.sockets.per_node, 12_000);
    options.http.sockets.per_node = 24;
    options.http.sockets.per_address = 3;
    let app = TestApp::start_with(&engine, options).await;
    let ada = app.sign_up("ada").await;
    let _sockets = open(&ada, &ada.org, 24).await;
    is_refused(&ada, &ada.org, 1013, "Too many connections on this node").await;
}

on_every_engine!(of_many_at_once_as_many_come_in_as_there_are_places);

async fn of_many_at_once_as_many_come_in_as_there_are_places(engine: Engine) {
    let app = TestApp::start_with(&engine, TestAppOptions { throttle: true, ..Default::default() }).await;
    let ada = app.sign_up("ada").await;
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let ada = ada.clone();
            tokio::spawn(async move {
                let mut socket = ada.connect(&ada.socket_query()).await;
                socket.next_or_end().await.map(|_| socket)
            })
        })
        .collect();
    let mut sockets = Vec::new();
    for task in tasks {
        sockets.extend(task.await.unwrap());
    }
    assert_eq!(sockets.len(), 20);
}
