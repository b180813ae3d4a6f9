//! Mail: exactly one, none, its link, and the complaint about mail that the test did not take.

use serde_json::json;

use crate::samples::notes_app;
use crate::support::panic_of;

#[tokio::test]
async fn the_link_of_a_mail_is_followed() {
    let app = notes_app().start().await;
    let ada = app.user("ada").await;
    let verification = app.mail().one_to(&ada.email).await;
    assert_eq!(verification.link(), format!("{}/verify-email#token={}", app.base, verification.secret()));
    ada.verify_email(verification.secret()).await.is(200);

    app.anyone().forgot_password(&ada.email).await.is(200);
    let reset = app.mail().one_to(&ada.email).await;
    let page = ada.http.get(reset.link()).header("accept", "text/html").send().await.unwrap();
    assert!(page.status().is_success() && page.text().await.unwrap().contains("<html"));
    app.anyone().reset_password(reset.secret(), "another horse battery").await.is(200);
    app.mail().none_to("nobody@example.com").await;
}

#[tokio::test]
async fn two_mails_are_not_one() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    app.mail().one_to(&acme.owner.email).await;
    for _ in 0..2 {
        app.anyone().forgot_password(&acme.owner.email).await.is(200);
    }
    let said = panic_of(async { app.mail().one_to(&acme.owner.email).await }).await;
    assert!(said.contains("[\"reset_password\", \"reset_password\"]"), "{said}");
    app.anyone().forgot_password(&acme.owner.email).await.is(200);
    let said = panic_of(async { app.mail().none_to(&acme.owner.email).await }).await;
    assert!(said.contains("[\"reset_password\"]"), "{said}");
}

#[tokio::test]
async fn mail_that_the_test_did_not_take_fails_it() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.is(200);
    let said = panic_of(async move { drop(app) }).await;
    assert_eq!(said, "the test did not take its mail: [\"invitation to bob@example.com\"]");

    let app = notes_app().allow_unread_mail().start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.is(200);
    drop(app);
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_not_that_it_left_mail() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.is(200);
    let said = panic_of(async move {
        app.anyone().post("/auth/login", json!({})).await.is(200);
    });
    assert!(said.await.contains("422"));
}
