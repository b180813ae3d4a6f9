//! Routes that need no body, and requests that send one.

use bailiwick_testkit::app::{Caller, Engine, Reply, TestApp};
use bailiwick_testkit::on_every_engine;
use reqwest::Method;
use serde_json::Value;

use crate::audit::promoted;
use crate::received_invitations::verified;

const NOBODY: &str = "0198c5a0-7d3e-7000-8000-000000000001";
/// Bodies that languages and libraries send for an empty value.
const NOTHING: [&str; 8] =
    ["", " \r\n", "{}", "null", "[]", "\"\"", " [ ] ", "{\"x\": [1], \"org_id\": null}"];
const SOMETHING: [&str; 8] = ["0", "-1.5", "true", "false", "\"x\"", "\" \"", "[0]", "[{}]"];
const KINDS: [Option<&str>; 4] =
    [None, Some("application/json"), Some("text/plain"), Some("application/x-www-form-urlencoded")];

/// An operation that changes something and has no described body.
struct Operation {
    method: Method,
    /// The path, with `{org_id}` in it if it acts in an organization.
    path: String,
    in_query: bool,
}

impl Operation {
    async fn all(app: &TestApp) -> Vec<Self> {
        let description = app.anyone().get("/openapi.json").await.is(200).json();
        let mut operations = Vec::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if method == "get" || operation["requestBody"] != Value::Null {
                    continue;
                }
                let is_org = |parameter: &Value| parameter["in"] == "query" && parameter["name"] == "org_id";
                let in_query = operation["parameters"].as_array().is_some_and(|all| all.iter().any(is_org));
                let parts = path.split('/').map(|part| match part {
                    "{org_id}" => part,
                    part if part.starts_with('{') => NOBODY,
                    part => part,
                });
                let path = parts.collect::<Vec<_>>().join("/");
                operations.push(Self { method: method.to_uppercase().parse().unwrap(), path, in_query });
            }
        }
        assert!(operations.len() > 12, "{}", operations.len());
        operations
    }

    fn in_path(&self) -> bool {
        self.path.contains("{org_id}")
    }

    /// Whether only a platform administrator may, in any organization.
    fn is_of_platform(&self) -> bool {
        self.path.starts_with("/platform/")
            || (self.path.starts_with("/users/") && self.method == Method::POST)
    }

    async fn send(&self, who: &Caller, org: &str, kind: Option<&str>, body: &str) -> Reply {
        let query = if self.in_query { format!("?org_id={org}") } else { String::new() };
        self.send_to(who, &(self.path.replace("{org_id}", org) + &query), kind, body).await
    }

    async fn send_to(&self, who: &Caller, path: &str, kind: Option<&str>, body: &str) -> Reply {
        let request = who.request(self.method.clone(), path).body(body.to_owned());
        let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        who.send(request).await
    }
}

/// Signs up a caller who may perform the operation and has not done so.
async fn fresh(app: &TestApp, operation: &Operation, number: usize) -> Caller {
    let who = verified(app, &format!("user{number}")).await;
    if operation.is_of_platform() { promoted(app, who).await } else { who }
}

on_every_engine!(nothing_may_be_said_in_any_way);

async fn nothing_may_be_said_in_any_way(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let mut number = 0;
    for operation in Operation::all(&app).await {
        let mut usual = None;
        for (place, body) in NOTHING.into_iter().enumerate() {
            number += 1;
            let who = fresh(&app, &operation, number).await;
            let kind = KINDS[place % KINDS.len()];
            let status = operation.send(&who, &who.org, kind, body).await.status;
            assert!(
                matches!(status, 200..=204 | 404 | 409),
                "{} {} {body:?}: {status}",
                operation.method,
                operation.path
            );
            assert_eq!(
                *usual.get_or_insert(status),
                status,
                "{} {} {body:?}",
                operation.method,
                operation.path
            );
        }
    }
}

on_every_engine!(anything_else_is_refused_and_has_no_effect);

async fn anything_else_is_refused_and_has_no_effect(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let ada = promoted(&app, verified(&app, "ada").await).await;
    let bob = app.bring_in(&ada, "bob", "guest").await;
    for operation in Operation::all(&app).await {
        let name = format!("{} {}", operation.method, operation.path);
        for (place, body) in SOMETHING.into_iter().enumerate() {
            let kind = KINDS[place % KINDS.len()];
            let reply = operation.send(&ada, &ada.org, kind, body).await.refuses(422, "Validation failed");
            assert_eq!(reply.field("/errors/0/pointer"), "", "{name} {body}");
        }
        for body in ["{", "nul", "a=b"] {
            operation.send(&ada, &ada.org, Some("text/plain"), body).await.refuses(400, "Malformed JSON");
        }
        operation.send(&ada, &ada.org, None, &format!("\"{}\"", "x".repeat(65_536))).await.is(413);
        // A caller without the permission learns nothing about the body.
        operation
            .send(&app.anyone(), &ada.org, None, "5")
            .await
            .refuses(401, "Missing authentication credentials");
        let is_open_to_guests = ["/leave", "/ws/ticket"].iter().any(|end| operation.path.ends_with(end));
        let needs_permission = operation.in_path() || operation.in_query || operation.is_of_platform();
        if needs_permission && !is_open_to_guests {
            operation.send(&bob, &ada.org, None, "5").await.is(403);
        }
    }
    ada.read_org().await.is(200);
    bob.read_org().await.is(200);
}

on_every_engine!(an_organization_in_it_must_agree_and_is_enough);

async fn an_organization_in_it_must_agree_and_is_enough(engine: Engine) {
    let app = TestApp::start(&engine).await;
    let (ada, eve) = (app.sign_up("ada").await, app.sign_up("eve").await);
    let mut within = 0;
    for operation in Operation::all(&app).await {
        if !operation.in_path() && !operation.in_query {
            continue;
        }
        within += 1;
        for kind in KINDS {
            let named = |org: &str| format!("{{\"org_id\": \"{org}\"}}");
            operation.send(&ada, &ada.org, kind, &named(&eve.org)).await.refuses(400, "Conflicting org ids");
            operation.send(&ada, &ada.org, kind, &named("x")).await.refuses(400, "Invalid org id");
            operation.send(&ada, &ada.org, kind, "{\"org_id\": 5}").await.refuses(400, "Invalid org id");
            if operation.in_query {
                let status = operation.send(&ada, &ada.org, kind, &named(&ada.org)).await.status;
                assert!(matches!(status, 200..=204 | 404), "{}: {status}", operation.path);
                let alone = operation.send_to(&ada, &operation.path, kind, &named(&ada.org)).await;
                assert_eq!(alone.status, status, "{} {kind:?}: {}", operation.path, alone.text);
                for nothing in NOTHING {
                    operation.send_to(&ada, &operation.path, kind, nothing).await.is(400);
                }
            }
        }
    }
    assert!(within > 6, "{within}");
}

on_every_engine!(routes_outside_organizations_ignore_it);

async fn routes_outside_organizations_ignore_it(engine: Engine) {
    let app = TestApp::start(&engine).await;
    for (number, operation) in Operation::all(&app).await.into_iter().enumerate() {
        if !operation.in_path() && !operation.in_query {
            let who = fresh(&app, &operation, number).await;
            let status =
                operation.send(&who, "", Some("application/json"), "{\"org_id\": \"x\"}").await.status;
            assert!(matches!(status, 200..=204 | 404), "{} {}: {status}", operation.method, operation.path);
        }
    }
}
