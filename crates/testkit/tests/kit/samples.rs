//! The samples of `docs/testing.md`, which shows lines of this file.

use std::sync::Arc;

use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick::app::authority::Public;
use bailiwick::kernel::{DisplayName, Email};
use bailiwick::prelude::*;
use bailiwick::users::Password;
use bailiwick_testkit::access_matrix;
use bailiwick_testkit::app::{Caller, Point, TestApp, TestAppBuilder};
use bailiwick_testkit::{CapturedMail, MemoryStore, QuickHasher};
use serde_json::json;

use crate::notes::{self, Notes, NotesDelete, NotesRead, NotesWrite, WriteNote};

#[tokio::test]
async fn a_use_case_without_a_server() {
    let bailiwick = Bailiwick::builder()
        .store(Arc::new(MemoryStore::new()))
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows").unwrap())
        .mailer(Arc::new(CapturedMail::new()))
        .hasher(Arc::new(QuickHasher))
        .permission::<NotesWrite>("Write notes", SystemRole::Member)
        .start()
        .await
        .unwrap();
    let app = bailiwick.app();
    let ada = SignUp {
        email: Email::parse("ada@example.com").unwrap(),
        password: Password::parse("correct horse battery").unwrap(),
        first_name: DisplayName::parse("Ada").unwrap(),
        last_name: DisplayName::parse("Lovelace").unwrap(),
        organization_name: None,
    };
    let SignedUp::Created(_, org) = app.sign_up(&Public, &ada).await.unwrap() else { panic!() };
    let password = Password::claimed("correct horse battery");
    let login = LogIn { email: "ada@example.com".to_owned(), password };
    let token = app.log_in(&Public, &login).await.unwrap().access_token;
    let actor = app.read_token(token.reveal()).unwrap();

    let allow = app.authority().check(&actor, org.id, NotesWrite).await.unwrap();
    app.run(&allow, &WriteNote { text: "Milk".to_owned() }).await.unwrap();
    bailiwick.stop().await;
}

pub fn notes_app() -> TestAppBuilder {
    TestApp::builder()
        .routes(notes::routes)
        .state(Notes::default())
        .permission::<NotesRead>("See notes", SystemRole::Guest)
        .permission::<NotesWrite>("Write notes", SystemRole::Member)
        .permission::<NotesDelete>("Delete all notes", SystemRole::Admin)
}

#[tokio::test]
async fn a_member_writes_and_a_guest_reads() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let bob = app.user("bob").in_org(&acme).role("member").await;
    let eve = app.user("eve").in_org(&acme).role("guest").await;

    let notes = format!("/organizations/{}/notes", acme.id);
    bob.post(&notes, json!({ "text": "Milk" })).await.is(201);
    assert_eq!(eve.get(&notes).await.is(200).json(), json!(["Milk"]));
    eve.post(&notes, json!({ "text": "Tea" })).await.assert_problem(403, "permission_required");

    let written = app.audit_of("note.write").await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].actor.unwrap().to_string(), bob.id);
}

#[tokio::test]
async fn an_invitation_arrives() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.is(200);

    let mail = app.mail().one_to("bob@example.com").await;
    assert_eq!(mail.kind(), "invitation");
    assert_eq!(mail.link(), format!("{}/accept-invitation#token={}", app.base, mail.secret()));
}

#[tokio::test]
async fn each_role_has_its_routes() {
    let app = notes_app().start().await;
    access_matrix!(&app, "tests/kit/access.txt", {
        "GET /organizations/{org}/notes",
        "POST /organizations/{org}/notes" => json!({ "text": "Milk" }),
        "DELETE /organizations/{org}/notes",
    });
}

#[tokio::test]
async fn a_failed_commit_leaves_no_invitation() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.faults().fail_next(Point::Commit);
    acme.owner.invite("bob@example.com", "member").await.assert_problem(503, "service_unavailable");
    app.mail().none_to("bob@example.com").await;
}

#[tokio::test]
async fn members_hear_of_notes_until_they_are_suspended() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    let bob = app.user("bob").in_org(&acme).await;
    let mut socket = bob.socket(&acme.id).await;
    acme.owner.post(&format!("/organizations/{}/notes", acme.id), json!({ "text": "Milk" })).await.is(201);
    assert_eq!(socket.expect_event("notes:read").await, json!({ "text": "Milk" }));
    acme.owner.suspend(&bob).await.is(200);
    socket.expect_close(1008, "Access denied: User access has been suspended in this organization").await;
}

#[tokio::test]
async fn a_program_answers_at_its_address() {
    let app = notes_app().start().await;
    // Of a program in a process of its own: the address that it printed.
    let anyone = Caller::at(&app.base);
    anyone.get("/healthz").await.is(200);
    anyone.try_log_in("ada@example.com", "wrong").await.assert_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_browser_is_signed_in() {
    let app = notes_app().start().await;
    let alice = app.user("alice").await;
    let (name, value) = alice.cookie().await;
    // With a driver: open a page of `app.base`, then store the cookie.
    let page = alice.http.get(format!("{}/console", app.base)).header("accept", "text/html");
    let page = page.header("cookie", format!("{name}={value}")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("alice Tester"));
}

/// Each block of Rust in the guide is lines of this program.
#[test]
fn the_guide_shows_these_tests() {
    let guide = include_str!("../../../../docs/testing.md");
    let code = [include_str!("samples.rs"), include_str!("notes.rs")];
    let blocks: Vec<_> =
        guide.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 5, "{blocks:?}");
    for block in blocks {
        assert!(code.iter().any(|code| code.contains(block)), "no such lines:\n{block}");
    }
}
