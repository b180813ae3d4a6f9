//! Requests and the audit entries that each of them leaves.

use std::collections::BTreeSet;

use bailiwick_testkit::app::{Caller, Reply, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

pub const PASSWORD: &str = "correct horse battery";
pub const NULL: Value = Value::Null;

/// Sends requests and reads the audit entries that they leave, as a platform administrator.
pub struct AuditLog {
    anyone: Caller,
    root: Caller,
    sent: u32,
    /// The operations tried, such as `post /auth/login`.
    pub tried: BTreeSet<String>,
}

impl AuditLog {
    pub async fn of(app: &TestApp) -> Self {
        Self::seen_by(promoted(app, app.sign_up("root").await).await)
    }

    pub fn seen_by(root: Caller) -> Self {
        Self { anyone: root.with_token(""), root, sent: 0, tried: BTreeSet::new() }
    }

    /// Sends a request with a request id of its own; returns the response and the entries with that id,
    /// oldest first, each as `[action, org, actor, target, before, after]`.
    pub async fn send(
        &mut self,
        who: &Caller,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (Reply, Vec<Value>) {
        self.sent += 1;
        let name = format!("request-{}", self.sent);
        let method: Method = method.to_uppercase().parse().unwrap();
        let request = who.request(method, path).header("x-request-id", &name).header("user-agent", "teller");
        let reply = who.send(request.json(body)).await;
        let newest = self.root.get("/platform/audit?limit=100").await.is(200).field("/items");
        let rows = newest.as_array().unwrap().iter().rev().filter(|row| row["request_id"] == name);
        (reply, rows.map(short).collect())
    }

    /// Asserts that the same request without a credential and a body is refused and leaves no entry, and
    /// that the request succeeds and leaves these entries.
    pub async fn leaves(
        &mut self,
        who: &Caller,
        (operation, path): (&str, &str),
        body: Value,
        expected: impl FnOnce(&Reply) -> Vec<Value>,
    ) -> Reply {
        let method = operation.split(' ').next().unwrap();
        self.tried.insert(operation.to_owned());
        let anyone = self.anyone.clone();
        let (refused, rows) = self.send(&anyone, method, path, &json!({})).await;
        assert!((400..500).contains(&refused.status), "{operation}: {}", refused.text);
        assert_eq!(rows, [] as [Value; 0], "{operation} was refused");
        let (reply, rows) = self.send(who, method, path, &body).await;
        assert!((200..300).contains(&reply.status), "{operation}: {}", reply.text);
        assert!(!rows.is_empty(), "{operation} leaves no row");
        assert_eq!(rows, expected(&reply), "{operation}");
        reply
    }

    /// Asserts that a request gets this status and leaves no entry.
    pub async fn leaves_nothing(
        &mut self,
        who: &Caller,
        (method, path): (&str, &str),
        body: Value,
        status: u16,
    ) {
        let (reply, rows) = self.send(who, method, path, &body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        assert_eq!(rows, [] as [Value; 0], "{method} {path}");
    }
}

fn short(row: &Value) -> Value {
    assert_eq!(row["ip"], "127.0.0.1", "{row}");
    assert_eq!(row["at"], "2026-01-02T03:04:05.678901Z", "{row}");
    let target = &row["target"];
    // The target of a login is the session that it creates.
    let id = if target["id"] == row["session_id"] { json!("its own") } else { target["id"].clone() };
    json!([row["action"], row["org_id"], row["actor_id"], [target["kind"], id], row["before"], row["after"]])
}

/// Makes the account a platform administrator.
pub async fn promoted(app: &TestApp, who: Caller) -> Caller {
    let promote = format!("UPDATE users SET platform_admin = true WHERE email = '{}'", who.email);
    app.operator(&promote).await;
    who
}
