//! The matrix of access.

use std::fs;

use bailiwick_testkit::access_matrix;
use bailiwick_testkit::app::{AccessMatrix, Route};
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
    // Half of the requests were answered by the cache.
    assert!(app.cache().metrics().hits.get() > 0);
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

    let said = panic_of(async { matrix.assert_file(&file) }).await;
    assert!(said.contains("BAILIWICK_UPDATE_SNAPSHOTS=1 writes it"), "{said}");
    fs::write(&file, matrix.to_string()).unwrap();
    matrix.assert_file(&file);
    fs::write(&file, matrix.to_string().replace("403", "200")).unwrap();
    let said = panic_of(async { matrix.assert_file(&file) }).await;
    assert!(said.contains("actual:\n"), "{said}");
}
