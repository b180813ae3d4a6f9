//! The description of the API: pinned, and true.

use bailiwick_testkit::app::{Engine, TestApp};
use reqwest::Method;

#[tokio::test]
async fn is_pinned() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let mut description = app.anyone().get("/openapi.json").await.is(200).json();
    description["info"]["version"] = "*".into();
    insta::assert_json_snapshot!("openapi", description);
}

/// Every described operation exists: a method that is not described is 405, not 404; and nothing
/// else is there, but for what every resource has.
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
        // A HEAD of /ws/connect would use a ticket up.
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
