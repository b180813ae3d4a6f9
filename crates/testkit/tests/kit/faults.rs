//! Faults at each point, and what the service does about them.

use bailiwick_testkit::app::{Engine, Point, TestApp, TestAppBuilder};
use serde_json::json;

use crate::samples::notes_app;
use crate::support::panic_of;

/// A failed commit of a command of the service and of one of the test leaves nothing behind.
async fn a_failed_commit_leaves_nothing(builder: TestAppBuilder) {
    let app = builder.start().await;
    let acme = app.org("Acme").await;
    let notes = format!("/organizations/{}/notes", acme.id);
    let before = app.audit().await;

    app.faults().fail_next(Point::Commit);
    acme.owner.post(&notes, json!({ "text": "Milk" })).await.assert_problem(503, "service_unavailable");
    assert_eq!(app.audit().await, before);
    assert_eq!(acme.owner.get(&notes).await.is(200).json(), json!([]));

    app.faults().fail_next(Point::Commit);
    acme.owner.invite("bob@example.com", "member").await.assert_problem(503, "service_unavailable");
    assert_eq!(app.audit().await, before);
    assert_eq!(acme.owner.invitations().await.is(200).field("/items"), json!([]));
    app.mail().none_to("bob@example.com").await;

    // The fault is over, and the transaction is too.
    acme.owner.post(&notes, json!({ "text": "Milk" })).await.is(201);
    assert_eq!(app.audit_of("note.write").await.len(), 1);
}

#[tokio::test]
async fn a_failed_commit_in_memory() {
    a_failed_commit_leaves_nothing(notes_app()).await;
}

#[tokio::test]
async fn a_failed_commit_on_sqlite() {
    a_failed_commit_leaves_nothing(notes_app().sqlite()).await;
}

#[tokio::test]
async fn a_failed_commit_on_postgres() {
    if let Some(engine) = Engine::postgres_or_left_out("a failed commit") {
        a_failed_commit_leaves_nothing(notes_app().database(&engine)).await;
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_took_effect() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.faults().fail_next(Point::LostCommit);
    let notes = format!("/organizations/{}/notes", acme.id);
    acme.owner.post(&notes, json!({ "text": "Milk" })).await.assert_problem(503, "service_unavailable");
    assert_eq!(app.audit_of("note.write").await.len(), 1);
}

#[tokio::test]
async fn without_a_transaction_nothing_is_done() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.faults().fail(Point::Begin);
    for _ in 0..2 {
        acme.owner.invite("bob@example.com", "member").await.assert_problem(503, "service_unavailable");
    }
    // What only reads goes on, and the mail that waits too.
    acme.owner.read_org().await.is(200);
    app.mail().one_to(&acme.owner.email).await;
    app.faults().recover(Point::Begin);
    app.faults().fail_next(Point::Read);
    acme.owner.orgs().await.assert_problem(503, "service_unavailable");
    acme.owner.orgs().await.is(200);
}

#[tokio::test]
async fn without_authority_nobody_is_admitted() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let notes = format!("/organizations/{}/notes", acme.id);
    app.cache().flush();
    app.faults().fail_next(Point::Check);
    acme.owner.get(&notes).await.assert_problem(503, "service_unavailable");
    acme.owner.get(&notes).await.is(200);
}

#[tokio::test]
async fn mail_that_fails_is_sent_again() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.mail().one_to(&acme.owner.email).await;
    app.faults().fail_next(Point::Mail);
    acme.owner.invite("bob@example.com", "member").await.is(200);
    app.mail().none_to("bob@example.com").await;
    app.clock.advance(time::Duration::DAY);
    // The next commit wakes the outbox.
    let globex = app.org("Globex").await;
    app.mail().one_to("bob@example.com").await;
    app.mail().one_to(&globex.owner.email).await;
}

#[tokio::test]
async fn an_exhausted_limit_is_met_only_where_limits_count() {
    let app = notes_app().rate_limits().start().await;
    app.faults().fail_next(Point::Throttle);
    let refused = app.anyone().from("192.0.2.1").try_log_in("ada@example.com", "wrong").await;
    assert_eq!(refused.assert_problem(429, "rate_limited").header("retry-after"), "60");

    let app = TestApp::builder().start().await;
    let said = panic_of(async { app.faults().fail_next(Point::Throttle) }).await;
    assert_eq!(said, "nothing is limited: build the app with `.rate_limits()`");
}

#[tokio::test]
async fn an_event_that_is_not_published_is_reported() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.faults().fail_next(Point::Events);
    let notes = format!("/organizations/{}/notes", acme.id);
    acme.owner.post(&notes, json!({ "text": "Milk" })).await.assert_problem(503, "service_unavailable");
    assert_eq!(app.audit_of("note.write").await.len(), 1);
}

#[tokio::test]
async fn a_fault_that_nothing_met_fails_the_test() {
    let app = notes_app().start().await;
    app.faults().fail_next(Point::Commit);
    assert_eq!(panic_of(async move { drop(app) }).await, "no fault was met at [Commit]");
    let app = notes_app().start().await;
    app.faults().fail_next(Point::Commit);
    app.faults().recover(Point::Commit);
}
