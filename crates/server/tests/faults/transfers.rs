//! The process is killed during transfers of ownership: each organization has exactly one owner.

use bailiwick_testkit::app::{Engine, sql};
use serde_json::{Value, json};

use crate::{Call, Installation, kill_during_calls, log_in, sign_up, text};

const ORGS: usize = 48;
const BATCH: usize = 8;

/// Makes the heir a member of every organization.
const LET_THE_HEIR_IN: &str = "\
    INSERT INTO memberships (org_id, user_id, role_id, status, created_at, joined_at)
    SELECT o.id, u.id, r.id, 'active', o.created_at, o.created_at
    FROM organizations o JOIN roles r ON r.org_id = o.id AND r.system = 'member'
    JOIN users u ON u.email = 'heir@example.com' WHERE o.name LIKE 'Race %'";
/// The roles of both in each organization that is neither unchanged nor transferred.
const HALF: &str = "\
    SELECT name FROM (
        SELECT o.name AS name,
            (SELECT r.system FROM memberships m JOIN roles r ON r.id = m.role_id
             JOIN users u ON u.id = m.user_id WHERE m.org_id = o.id AND u.email = 'owner@example.com') AS one,
            (SELECT r.system FROM memberships m JOIN roles r ON r.id = m.role_id
             JOIN users u ON u.id = m.user_id WHERE m.org_id = o.id AND u.email = 'heir@example.com') AS two,
            (SELECT count(*) FROM audit_log a
             WHERE a.org_id = o.id AND a.action = 'organization.transfer') AS noted
        FROM organizations o WHERE o.name LIKE 'Race %'
    ) AS pairs
    WHERE NOT (one = 'owner' AND two = 'member' AND noted = 0)
        AND NOT (one = 'admin' AND two = 'owner' AND noted = 1)";

async fn transfers_are_atomic(engine: Engine) {
    let installation = Installation::on(&engine).await;
    let service = installation.start();
    let mut people = Vec::new();
    for email in ["owner@example.com", "heir@example.com"] {
        service.post("/auth/signup", &sign_up(email)).json(201);
        let token = text(&log_in(&service, email, "securePassword123")["access_token"]);
        let id = text(&service.get("/auth/me", Some(&token)).json(200)["id"]);
        people.push((token, id));
    }
    let [(owner, _), (_, heir)] = &people[..] else { panic!("two") };
    let mut calls = Vec::new();
    for n in 0..ORGS {
        let org = create(&service.api, owner, &format!("Race {n}")).await;
        let path = format!("/organizations/{org}/transfer-ownership");
        calls.push(Call { path, bearer: Some(owner.clone()), body: json!({ "user_id": heir }) });
    }
    service.stop("TERM");
    sql::execute(&installation.url, LET_THE_HEIR_IN).await;

    let mut handed_over = 0;
    for round in 0..ORGS / BATCH {
        let batch = calls.split_off(calls.len() - BATCH);
        let acknowledged = kill_during_calls(installation.start(), round + 1, 200, batch);
        handed_over += acknowledged.len();
        installation.none("half a transfer", HALF).await;
        let stored =
            sql::rows(&installation.url, "SELECT id FROM audit_log WHERE action = 'organization.transfer'");
        assert!(stored.await.len() >= handed_over, "an acknowledged transfer is lost");
    }
    drop(installation.database);
}

async fn create(api: &str, owner: &str, name: &str) -> String {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("{api}/organizations")).bearer_auth(owner);
    let response = request.json(&json!({ "name": name })).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    text(&response.json::<Value>().await.unwrap()["id"])
}

bailiwick_testkit::on_every_engine!(transfers_are_atomic);
