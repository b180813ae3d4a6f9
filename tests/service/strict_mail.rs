//! The mailbox that fails a test which does not take its mail.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;

/// Runs the end of a test, and returns what its failure says.
async fn failure(end: impl FnOnce() + Send + 'static) -> String {
    let failed = tokio::task::spawn_blocking(end).await.unwrap_err().into_panic();
    match failed.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => (*other.downcast::<&str>().unwrap()).to_owned(),
    }
}

on_every_engine!(mail_that_is_not_taken_fails_the_test);

async fn mail_that_is_not_taken_fails_the_test(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.invite("bob@example.com", "guest").await.is(200);
    let said = failure(move || drop(app)).await;
    assert_eq!(said, "the test did not take its mail: [\"invitation to bob@example.com\"]");
}

on_every_engine!(mail_that_is_taken_fails_nothing);

async fn mail_that_is_taken_fails_nothing(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.invite("bob@example.com", "guest").await.is(200);
    app.post.secret_for("bob@example.com").await;
}

on_every_engine!(a_test_that_fails_already_says_why);

async fn a_test_that_fails_already_says_why(engine: Engine) {
    let app = TestApp::start_strict(&engine).await;
    let ada = app.sign_up("ada").await;
    ada.invite("bob@example.com", "guest").await.is(200);
    let said = failure(move || {
        let _app = app;
        panic!("for another reason");
    });
    assert_eq!(said.await, "for another reason");
}
