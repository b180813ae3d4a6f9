//! Spans in the log.

use serde_json::{Value, json};

use crate::support::{Service, WorkDir};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn lines(service: &Service) -> Vec<Value> {
    service.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The end of the last span of this name.
fn closed(lines: &[Value], name: &str) -> Value {
    let is_end = |line: &&Value| line["message"] == "close" && line["span"]["name"] == name;
    lines.iter().rfind(is_end).unwrap_or_else(|| panic!("no end of {name}: {lines:#?}")).clone()
}

fn get_traced(service: &Service, path: &str, token: &str) {
    let address = service.api.strip_prefix("http://").unwrap();
    let traceparent = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
    let headers =
        format!("Host: {address}\r\nX-Request-Id: r1\r\nAuthorization: Bearer {token}\r\n{traceparent}\r\n");
    assert_eq!(service.send_with("GET", path, &headers, "").status, 200);
}

#[test]
fn a_request_is_logged_as_a_span_with_its_use_case_and_transaction() {
    let work_dir = WorkDir::new();
    let settings = [("BAILIWICK__LOG__SPANS", "true"), ("BAILIWICK__LOG__FORMAT", "json")];
    let service = work_dir.serve(&[settings[0], settings[1], ("BAILIWICK__LOG__LEVEL", "debug")]);
    let token = service.sign_up();
    work_dir.mails(&service, 1);
    let me = service.get("/auth/me", Some(&token)).json(200);
    let org = me["organizations"][0]["id"].clone();
    let path = format!("/organizations/{}/users?token=tok_secret", org.as_str().unwrap());
    get_traced(&service, &path, &token);

    let lines = lines(&service);
    let request = closed(&lines, "request");
    let span = &request["span"];
    for (field, value) in [
        ("method", json!("GET")),
        ("route", json!("/organizations/{org_id}/users")),
        ("status", json!(200)),
        ("request_id", json!("r1")),
        ("trace_id", json!(TRACE)),
        ("org", org),
        ("user", me["id"].clone()),
    ] {
        assert_eq!(span[field], value, "{request}");
    }
    assert!(request["time.busy"].is_string(), "{request}");
    let transaction = closed(&lines, "transaction");
    let around: Vec<_> = transaction["spans"].as_array().unwrap().iter().map(|span| &span["name"]).collect();
    assert_eq!(around, ["request", "use_case"], "{transaction}");
    assert!(closed(&lines, "use_case")["span"]["command"].is_string());
    let line = lines.iter().find(|line| line["message"] == "request" && line["request_id"] == "r1").unwrap();
    assert_eq!(line["span"]["trace_id"], TRACE, "{line}");
    assert_eq!(closed(&lines, "mail")["span"]["outcome"], "sent");
    let log = service.log();
    for secret in ["tok_secret", token.as_str(), "correct horse battery", "ada@example.com"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn without_the_setting_there_is_no_span_at_any_level() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("RUST_LOG", "trace"), ("BAILIWICK__LOG__FORMAT", "json")]);
    let token = service.sign_up();
    get_traced(&service, "/auth/me", &token);
    let lines = lines(&service);
    let ours = ["request", "use_case", "transaction", "mail"];
    let in_span = lines.iter().find(|line| ours.iter().any(|name| line["span"]["name"] == *name));
    assert_eq!(in_span, None);
    assert!(!service.log().contains(TRACE));
}
