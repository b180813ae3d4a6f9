//! The OpenAPI document: pinned, and equal to the routes that exist.

use bailiwick_testkit::app::{Caller, Engine, TestApp};
use reqwest::Method;
use serde_json::Value;

use crate::audit::promoted;

/// The operation at whose path, outside of `/api`, browsers get a page.
const PAGE: &str = "/setup";

#[tokio::test]
async fn is_pinned() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let mut description = app.anyone().get("/openapi.json").await.is(200).json();
    description["info"]["version"] = "*".into();
    insta::assert_json_snapshot!("openapi", description);
}

/// Every described operation exists, every method that is not described gets 405 and not 404, and
/// nothing else exists except what every resource has.
#[tokio::test]
async fn describes_what_is_there() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let anyone = app.anyone();
    let description = anyone.get("/openapi.json").await.is(200).json();
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 25, "{}", paths.len());
    for path in paths.keys() {
        let reply = anyone.send(anyone.request(Method::TRACE, path)).await;
        assert_eq!(reply.status, 405, "{path}");
        let described = paths[path].as_object().unwrap();
        let mut expected: Vec<_> = described.keys().map(|method| method.to_uppercase()).collect();
        // A HEAD of /ws/connect would use up a ticket.
        if described.contains_key("get") && path != "/ws/connect" {
            expected.push("HEAD".to_owned());
        }
        expected.push("OPTIONS".to_owned());
        for path in [path.clone(), format!("/api{path}")] {
            let refused = anyone.send(anyone.request(Method::TRACE, &path)).await.is(405);
            let told = anyone.send(anyone.request(Method::OPTIONS, &path)).await.is(204);
            assert_eq!(told.text, "");
            for reply in [refused, told] {
                let mut allowed: Vec<_> = reply.header("allow").split(", ").collect();
                if path == PAGE {
                    allowed.retain(|method| !["GET", "HEAD"].contains(method));
                }
                allowed.sort_unstable();
                expected.sort_unstable();
                assert_eq!(allowed, expected, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn names_each_operation_once() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let description = app.anyone().get("/openapi.json").await.is(200).json();
    let mut seen = std::collections::HashSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            assert!(seen.insert(operation["operationId"].clone()), "{path}");
        }
    }
}

/// Every response has a description and its request id, every JSON body an example; problems have their media
/// type and their codes; nothing is left to a `default`; every operation says whether it needs a credential.
#[tokio::test]
async fn leaves_nothing_open() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let description = app.anyone().get("/openapi.json").await.is(200).json();
    for (path, operation) in operations(&description) {
        assert!(operation["security"].is_array(), "{path}");
        let body = &operation["requestBody"];
        assert!(body.is_null() || !body["content"]["application/json"]["example"].is_null(), "{path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let reference = response["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
            let response = reference.map_or(response, |pointer| description.pointer(pointer).unwrap());
            let name = format!("{path} {status}");
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
            assert!(!response["headers"]["X-Request-Id"].is_null(), "{name}");
            let content = response["content"].as_object();
            let mut json = content.into_iter().flatten().filter(|(kind, _)| kind.ends_with("json"));
            assert!(json.clone().all(|(_, content)| !content["example"].is_null()), "{name}");
            if status.parse::<u16>().unwrap() >= 400 {
                let (kind, content) = json.next_back().unwrap();
                assert_eq!(kind, "application/problem+json", "{name}");
                let code = &content["schema"]["allOf"][1]["properties"]["code"];
                assert!(code["enum"].as_array().unwrap().contains(&content["example"]["code"]), "{name}");
            }
        }
    }
}

/// The operations with method and path.
fn operations(description: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// Sends to every operation what its description gives as an example, without a credential and as the
/// owner of an organization or an administrator of the platform. The client compares each answer with
/// the description.
#[tokio::test]
async fn every_operation_answers_as_described() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let description = app.anyone().get("/openapi.json").await.is(200).json();
    let root = promoted(&app, app.sign_up("root").await).await;
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let needs_root = operation["security"][0]["bearer"][0] == "platform_admin";
            let caller = if needs_root { root.clone() } else { app.sign_up(name).await };
            let target = with_parameters(path, operation, &caller);
            for caller in [app.anyone(), caller] {
                let request = caller.request(method.to_uppercase().parse().unwrap(), &target);
                let body = &operation["requestBody"]["content"]["application/json"]["example"];
                let request = if body.is_null() { request } else { request.json(body) };
                let status = caller.send(request).await.status;
                assert!(
                    status < 500 && (status != 401 || caller.token.is_empty() || !body.is_null()),
                    "{name}: {status}"
                );
            }
        }
    }
}

/// The path with the values of its parameters, and the required parameters of the query.
fn with_parameters(path: &str, operation: &Value, caller: &Caller) -> String {
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let value = match name {
            "org_id" => caller.org.as_str(),
            "user_id" => caller.id.as_str(),
            "permission" => "kb:read",
            _ => "0198c5a0-7d3e-7000-8000-000000000001",
        };
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), value);
        } else if parameter["required"] == true {
            query.push(format!("{name}={value}"));
        }
    }
    format!("{path}?{}", query.join("&"))
}
