//! The matrix of access.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, get};
use bailiwick::prelude::*;
use bailiwick_testkit::access_matrix;
use bailiwick_testkit::app::{AccessMatrix, Route, TestApp};
use serde_json::json;

use crate::samples::notes_app;
use crate::support::panic_of;

#[tokio::test]
async fn each_cell_has_its_status_whatever_others_delete() {
    let app = notes_app().start().await;
    let matrix = access_matrix!(&app, {
        "DELETE /organizations/{org}",
        "GET /organizations/{org}/notes",
        "PATCH /organizations/{org}/users/{member}" => json!({ "status": "suspended" }),
        "GET /organizations/{org}/users/{me}",
    });
    let text = matrix.to_string();
    let expected = "\
route                                      anonymous outsider guest member admin owner suspended
DELETE /organizations/{org}                      401      403   403    403   403   204       403
GET /organizations/{org}/notes                   401      403   200    200   200   200       403
PATCH /organizations/{org}/users/{member}        401      403   403    403   200   200       403
GET /organizations/{org}/users/{me}              401      403   200    200   200   200       403
";
    assert_eq!(text, expected, "{text}");
}

/// Answers every second request by 404.
async fn fickle(_: Public, calls: Data<AtomicUsize>) -> HttpResponse {
    let is_found = calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    response::json(if is_found { StatusCode::OK } else { StatusCode::NOT_FOUND }, &json!({}))
}

#[tokio::test]
async fn a_status_that_differs_with_the_cache_fails() {
    let routes = |cfg: &mut ServiceConfig| resource(cfg, "/fickle", [get().to(fickle)]);
    let app = TestApp::builder().routes(routes).state(AtomicUsize::new(0)).start().await;
    let said = panic_of(async { access_matrix!(&app, { "GET /fickle" }) }).await;
    assert!(said.contains("GET /fickle as anonymous: without the cache and with it"), "{said}");
}

#[tokio::test]
async fn mail_of_the_matrix_is_taken_and_no_other() {
    let app = notes_app().start().await;
    let acme = app.org("Acme").await;
    acme.owner.invite("bob@example.com", "member").await.is(200);
    access_matrix!(&app, { "POST /auth/forgot-password" => json!({ "email": acme.owner.email }) });
    app.mail().one_to("bob@example.com").await;
}

#[tokio::test]
async fn a_file_is_compared_and_says_what_differs() {
    let app = notes_app().start().await;
    let route = || vec![Route::parse("GET /organizations/{org}/notes")];
    let matrix = AccessMatrix::of(&app, route()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.txt");

    let said = panic_of(async { matrix.compare(&file) }).await;
    assert!(said.contains("BAILIWICK_UPDATE_SNAPSHOTS=1 writes it"), "{said}");
    fs::write(&file, matrix.to_string()).unwrap();
    matrix.compare(&file);
    fs::write(&file, matrix.to_string().replace("403", "200")).unwrap();
    let said = panic_of(async { matrix.compare(&file) }).await;
    assert!(said.contains("actual:\n"), "{said}");
}
