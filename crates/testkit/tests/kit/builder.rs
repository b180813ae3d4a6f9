//! The builder: routes, permissions, state, hooks and stores.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use bailiwick::app::OwnRefusal;
use bailiwick::app::changes::{Change, InvitationCreated, Veto};
use bailiwick::app::ports::Tx;
use bailiwick::prelude::Error;
use bailiwick_testkit::app::{Engine, TestApp, TestAppBuilder};
use serde_json::json;

use crate::samples::notes_app;
use crate::support::panic_of;

/// Time in which a service in memory starts.
const START: Duration = Duration::from_millis(50);
/// Tolerance for machines that are busy.
const TOLERANCE: u32 = 10;

const PLAN_FULL: OwnRefusal = OwnRefusal::conflict("plan_full", "The plan is full", "Buy seats.");

/// Refuses every invitation.
struct PlanFull;

#[async_trait]
impl Veto<InvitationCreated> for PlanFull {
    async fn review(&self, _: &Change<InvitationCreated>, _: &mut dyn Tx) -> Result<(), Error> {
        Err(PLAN_FULL.into())
    }
}

/// Goes through the routes of the service and of the test, on the store of `builder`.
async fn notes_are_written(builder: TestAppBuilder) {
    let app = builder.start().await;
    let acme = app.org("Acme & Sons").await;
    assert_eq!(acme.owner.email, "acme---sons-owner@example.com");
    assert_eq!(acme.owner.read_org().await.is(200).text_of("/name"), acme.name);
    let notes = format!("/organizations/{}/notes", acme.id);

    let admin = app.user("admin").in_org(&acme).role("admin").await;
    let member = app.user("member").in_org(&admin).await;
    let suspended = app.user("suspended").in_org(&acme).role("admin").suspended().await;
    member.post(&notes, json!({ "text": "Milk" })).await.is(201);
    member.post(&notes, json!({ "text": " " })).await.assert_problem(422, "validation_failed");
    member.delete(&notes).await.assert_problem(403, "permission_required");
    suspended.get(&notes).await.assert_problem(403, "membership_suspended");
    app.anyone().get(&notes).await.assert_problem(401, "missing_credentials");
    let globex = app.org("Globex").await;
    globex.owner.get(&notes).await.assert_problem(403, "not_a_member");
    assert_eq!(admin.get(&notes).await.is(200).json(), json!(["Milk"]));
    admin.delete(&notes).await.is(200);
    assert_eq!(admin.get(&notes).await.is(200).json(), json!([]));

    let written = app.audit_of("note.write").await;
    let texts: Vec<_> = written.iter().map(|row| row.after.clone().unwrap()).collect();
    assert_eq!(texts, [json!({ "text": "Milk" })]);
    assert_eq!(written[0].org.unwrap().to_string(), acme.id);
    assert!(app.audit().await.len() > 5 && app.audit_of("note.read").await.is_empty());
    // The use cases are those of the service that answers.
    assert!(app.app().authority().cache().metrics().misses.get() > 0);
}

#[tokio::test]
async fn on_the_store_in_memory() {
    notes_are_written(notes_app()).await;
}

#[tokio::test]
async fn on_sqlite() {
    notes_are_written(notes_app().sqlite()).await;
}

#[tokio::test]
async fn on_postgres() {
    if let Some(Engine::Postgres { server }) = Engine::postgres_or_left_out("the builder") {
        notes_are_written(notes_app().postgres(&server)).await;
    }
}

#[tokio::test]
async fn a_hook_reaches_every_choice_of_the_builder() {
    let builder = TestApp::builder().refusal(PLAN_FULL);
    let app = builder.configure(|builder| builder.veto(InvitationCreated, PlanFull)).start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.assert_problem(409, "plan_full");
    app.mail().none_to("bob@example.com").await;
    assert!(app.audit_of("invitation.create").await.is_empty());
}

#[tokio::test]
async fn settings_and_the_clock_are_those_of_the_test() {
    let week = time::Duration::days(7);
    let app = TestApp::builder().settings(|settings| settings.resources = vec!["tickets".to_owned()]);
    let app = app.http(|http| http.body_limit = 10).start().await;
    assert_eq!(app.app().parts().settings.resources, ["tickets"]);
    let log_in = app.anyone().try_log_in("ada@example.com", "wrong").await;
    log_in.assert_problem(413, "payload_too_large");
    let before = app.app().parts().clock.now();
    app.clock.advance(week);
    assert_eq!(app.app().parts().clock.now(), before + week);
}

#[tokio::test]
async fn limits_count_only_where_the_test_wants_them() {
    for (builder, status) in [(TestApp::builder(), 401), (TestApp::builder().rate_limits(), 429)] {
        let app = builder.start().await;
        let mut last = 0;
        for _ in 0..30 {
            last = app.anyone().from("192.0.2.1").try_log_in("ada@example.com", "wrong").await.status;
        }
        assert_eq!(last, status);
    }
}

#[tokio::test]
async fn another_code_or_status_is_not_the_problem() {
    let app = TestApp::builder().start().await;
    for (status, code) in [(401, "invalid_token"), (403, "missing_credentials")] {
        let reply = app.anyone().get("/auth/me").await;
        let said = panic_of(async { reply.assert_problem(status, code) }).await;
        assert!(said.contains("/auth/me") && said.contains("missing_credentials"), "{said}");
    }
}

#[tokio::test]
async fn a_service_in_memory_starts_at_once() {
    // The first start of a process also initializes what all share.
    drop(notes_app().start().await);
    let mut times: Vec<_> = Vec::new();
    for _ in 0..5 {
        let begin = Instant::now();
        let app = notes_app().start().await;
        times.push(begin.elapsed());
        drop(app);
    }
    times.sort();
    println!("starts took {times:?}");
    assert!(times[0] < START * TOLERANCE, "{times:?}");
}
