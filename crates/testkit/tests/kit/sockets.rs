//! Sockets: events by name, the close frame, and the complaint about events that the test did not receive.

use bailiwick_testkit::app::{Caller, TestAppBuilder};
use serde_json::json;

use crate::samples::notes_app;
use crate::support::panic_of;

/// Sends two events to the socket of an owner, receives one, drops the socket, and returns the message of the
/// panic.
async fn one_event_is_left(builder: TestAppBuilder, leaves: bool) -> String {
    let app = builder.start().await;
    let acme = app.org("Acme").await;
    let mut socket = acme.owner.socket(&acme.id).await;
    for text in ["Milk", "Tea"] {
        write(&acme.owner, text).await;
    }
    assert_eq!(socket.expect_event("notes:read").await, json!({ "text": "Milk" }));
    panic_of(async {
        if leaves {
            socket.leave().await;
        } else {
            drop(socket);
        }
        panic!("no complaint");
    })
    .await
}

async fn write(caller: &Caller, text: &str) {
    let notes = format!("/organizations/{}/notes", caller.org);
    caller.post(&notes, json!({ "text": text })).await.is(201);
}

#[tokio::test]
async fn events_and_the_close_frame_are_expected_in_their_order() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let bob = app.user("bob").in_org(&acme).await;
    let mut socket = bob.socket(&acme.id).await;
    write(&bob, "Milk").await;
    let said = panic_of(socket.expect_event("invoices:read")).await;
    assert!(said.contains("notes:read"), "{said}");
    write(&bob, "Tea").await;
    assert_eq!(socket.expect_event("notes:read").await, json!({ "text": "Tea" }));
    acme.owner.suspend(&bob).await.is(200);
    let reason = "Access denied: User access has been suspended in this organization";
    socket.expect_close(1008, reason).await;
}

#[tokio::test]
async fn an_event_that_is_left_fails_the_test() {
    for leaves in [false, true] {
        let said = one_event_is_left(notes_app(), leaves).await;
        assert!(said.starts_with("the test did not receive these events:"), "{said}");
        assert!(said.contains("Tea") && !said.contains("Milk"), "{said}");
    }
}

#[tokio::test]
async fn an_event_may_be_left_if_the_builder_says_so() {
    for leaves in [false, true] {
        let said = one_event_is_left(notes_app().allow_unread_events(), leaves).await;
        assert_eq!(said, "no complaint");
    }
}

/// The server has not sent the event when the socket is dropped, unless the drop waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_of_several_threads_complains_too() {
    for _ in 0..20 {
        let said = one_event_is_left(notes_app(), false).await;
        assert!(said.contains("Tea"), "{said}");
    }
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_not_that_it_left_events() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let socket = acme.owner.socket(&acme.id).await;
    write(&acme.owner, "Milk").await;
    let said = panic_of(async move {
        let _socket = socket;
        panic!("for another reason");
    });
    assert_eq!(said.await, "for another reason");
}

#[tokio::test]
async fn a_socket_without_events_is_dropped_in_silence() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    drop(acme.owner.socket(&acme.id).await);
    acme.owner.socket(&acme.id).await.leave().await;
}
