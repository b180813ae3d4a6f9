//! The audit entries of the first platform administrator.

use bailiwick_testkit::app::{Engine, TestApp};
use bailiwick_testkit::on_every_engine;
use serde_json::{Value, json};

use super::trail::{AuditLog, NULL};
use crate::logins::PASSWORD;
use crate::setup::{plant, set_up};

on_every_engine!(the_first_administrator_is_told_of);

async fn the_first_administrator_is_told_of(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let token = plant(&app, 1, 30).await;
    set_up(&app, "set_unknown", "root@example.com").await.is(400);
    let root = set_up(&app, &token, "root@example.com").await.is(201);
    let root = app.log_in(&root.text_of("/email")).await;
    let told = root.platform_audit_by("action=account.*").await.is(200);
    let rows: Vec<_> = told.field("/items").as_array().unwrap().iter().map(short).collect();
    let is = json!({ "email": root.email });
    assert_eq!(rows, [json!(["account.create_admin", NULL, root.id, ["user", root.id], NULL, is])]);

    let mut trail = AuditLog::seen_by(root);
    let body = json!({ "token": token, "email": "x@example.com", "password": PASSWORD,
        "first_name": "X", "last_name": "Y" });
    trail.leaves_nothing(&app.anyone(), "post /setup", body, 404).await;
}

fn short(row: &Value) -> Value {
    let target = [&row["target"]["kind"], &row["target"]["id"]];
    json!([row["action"], row["org_id"], row["actor_id"], target, row["before"], row["after"]])
}
