//! The process is killed during password resets: either the new password is stored with all its
//! effects, or the old password and the link are still valid.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_testkit::app::{Engine, sql};
use serde_json::json;

use crate::{Call, Installation, kill_during_calls, log_in, sign_up, text, tokens_in};

const PEOPLE: usize = 24;
const BATCH: usize = 4;
const OLD: &str = "securePassword123";
const NEW: &str = "anotherPassword456";

/// The state of one account in the database.
#[derive(Debug)]
struct Found {
    password: String,
    has_link: bool,
    has_session: bool,
    is_noted: bool,
}

async fn found(url: &str, email: &str) -> Found {
    let of = |table: &str, condition: &str| {
        format!("SELECT u.email FROM users u JOIN {table} t ON {condition} WHERE u.email = '{email}'")
    };
    let any = async |query: String| !sql::rows(url, &query).await.is_empty();
    let password = sql::rows(url, &format!("SELECT password_hash FROM users WHERE email = '{email}'")).await;
    Found {
        password: password.concat(),
        has_link: any(of("one_time_secrets", "t.user_id = u.id AND t.kind = 'password_reset'")).await,
        has_session: any(of("sessions", "t.user_id = u.id AND t.ended_at IS NULL")).await,
        is_noted: any(of("audit_log", "t.target_id = u.id AND t.action = 'account.reset_password'")).await,
    }
}

async fn resets_are_atomic(engine: Engine) {
    let installation = Installation::on(&engine).await;
    let service = installation.start();
    let people: Vec<_> = (0..PEOPLE).map(|n| format!("p{n}@example.com")).collect();
    let mut former = BTreeMap::new();
    for email in &people {
        service.post("/auth/signup", &sign_up(email)).json(201);
        log_in(&service, email, OLD);
        service.post("/auth/forgot-password", &json!({ "email": email })).json(200);
        former.insert(email.clone(), found(&installation.url, email).await.password);
    }
    let outbox = installation.work_dir.path(&service.outbox);
    let mut links = tokens_in(&outbox, "reset-password", PEOPLE);
    service.stop("TERM");

    let mut expected = BTreeMap::new();
    for round in 0..PEOPLE / BATCH {
        let batch = links.split_off(links.len() - BATCH);
        let calls = batch.iter().map(|(_, token)| {
            let body = json!({ "token": token, "password": NEW });
            Call { path: "/auth/reset-password".to_owned(), bearer: None, body }
        });
        let answered = kill_during_calls(installation.start(), round % BATCH, 200, calls.collect());
        let acknowledged: BTreeSet<_> = answered.iter().map(|call| text(&call.body["token"])).collect();
        for (email, token) in batch {
            let found = found(&installation.url, &email).await;
            let is_new = found.password != former[&email];
            assert!(is_new || !acknowledged.contains(&token), "an acknowledged reset is lost");
            let parts = [!found.has_link, !found.has_session, found.is_noted];
            assert_eq!(parts, [is_new; 3], "half a reset: {found:?}");
            expected.insert(email, (token, is_new));
        }
    }
    let service = installation.start();
    for (email, (token, is_new)) in expected {
        let again = service.post("/auth/reset-password", &json!({ "token": token, "password": NEW }));
        assert_eq!(again.status, if is_new { 400 } else { 200 }, "a link works once: {again:?}");
        log_in(&service, &email, NEW);
    }
    service.stop("TERM");
    drop(installation.database);
}

bailiwick_testkit::on_every_engine!(resets_are_atomic);
