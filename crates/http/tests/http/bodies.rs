//! Accepted bodies, and the problems of refused ones.

use actix_web::test::TestRequest;

use crate::support::{Reply, World};

const URI: &str = "/probe/public";

async fn post(kind: Option<&str>, body: &[u8]) -> Reply {
    let api = World::new().api().await;
    let mut request = TestRequest::post().uri(URI).set_payload(body.to_vec());
    if let Some(kind) = kind {
        request = request.insert_header(("content-type", kind));
    }
    api.send(request).await
}

#[actix_web::test]
async fn json_is_read_with_and_without_a_charset() {
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
        let reply = post(Some(kind), br#"{"name": "a", "org_id": 5, "x": [1]}"#).await;
        assert_eq!(reply.json(), "a", "{kind}");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[actix_web::test]
async fn other_media_types_are_415() {
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonp"),
        Some("application/problem+json"),
        Some("json"),
        Some(""),
    ] {
        assert_eq!(post(kind, br#"{"name": "a"}"#).await.code(), "unsupported_media_type", "{kind:?}");
    }
    let api = World::new().api().await;
    let request = TestRequest::post().uri(URI).insert_header(("content-type", "application/json"));
    let zipped = request.insert_header(("content-encoding", "gzip")).set_payload("x");
    let reply = api.send(zipped).await;
    assert_eq!(reply.code(), "unsupported_media_type");
    assert!(reply.json()["hint"].as_str().unwrap().contains("Content-Encoding"), "{reply:?}");
    let reply = post(Some("text/plain"), br#"{"name": "a"}"#).await;
    assert!(!reply.json()["hint"].as_str().unwrap().contains("compressed"), "{reply:?}");
}

#[actix_web::test]
async fn a_byte_order_mark_is_ignored() {
    let json = Some("application/json");
    assert_eq!(post(json, "\u{feff}{\"name\": \"a\"}".as_bytes()).await.json(), "a");
    for body in ["\u{feff}", "\u{feff}\u{feff}{\"name\": \"a\"}", " \u{feff}{\"name\": \"a\"}"] {
        assert_eq!(post(json, body.as_bytes()).await.code(), "malformed_json", "{body:?}");
    }
}

#[actix_web::test]
async fn a_body_of_more_than_64_kib_is_413() {
    let body = |length: usize| {
        let frame = r#"{"name":""}"#.len();
        format!(r#"{{"name":"{}"}}"#, "x".repeat(length - frame))
    };
    assert_eq!(post(Some("application/json"), body(65_536).as_bytes()).await.status, 200);
    assert_eq!(post(Some("application/json"), body(65_537).as_bytes()).await.code(), "payload_too_large");
    let api = World::new().api().await;
    let claimed = TestRequest::post()
        .uri(URI)
        .insert_header(("content-type", "application/json"))
        .set_payload("{")
        .insert_header(("content-length", "70000"));
    assert_eq!(api.send(claimed).await.code(), "payload_too_large");
}

#[actix_web::test]
async fn invalid_json_is_400() {
    let deep = "[".repeat(60_000);
    let nested = format!("{{\"x\":{}{}}}", "{\"x\":".repeat(40), "1".to_owned() + &"}".repeat(40));
    for body in [
        &b""[..],
        b"{",
        b"{'name':1}",
        b"\xff\xfe",
        b"{\"name\":\"\xc3\x28\"}",
        deep.as_bytes(),
        nested.as_bytes(),
    ] {
        let reply = post(Some("application/json"), body).await;
        assert_eq!(reply.problem(), (400, "Malformed JSON".to_owned()));
        assert_eq!(reply.code(), "malformed_json");
    }
}

#[actix_web::test]
async fn wrong_fields_are_422_with_a_pointer() {
    for (body, pointer, code) in [
        (r"{}", "/name", "required"),
        (r#"{"name": null}"#, "/name", "required"),
        (r#"{"name": 5}"#, "/name", "invalid"),
        (r#"{"name": ["a"]}"#, "/name", "invalid"),
        (r#""a""#, "", "invalid"),
        ("null", "", "invalid"),
    ] {
        let reply = post(Some("application/json"), body.as_bytes()).await;
        assert_eq!(reply.problem(), (422, "Validation failed".to_owned()), "{body}");
        let errors = reply.json()["errors"].clone();
        assert_eq!((errors[0]["pointer"].as_str(), errors[0]["code"].as_str()), (Some(pointer), Some(code)));
        assert_eq!(errors.as_array().unwrap().len(), 1);
    }
}

#[actix_web::test]
async fn an_organization_in_the_body_must_be_that_of_the_decision() {
    let world = World::new();
    let (api, ada, bob) = (world.api().await, world.person("ada").await, world.person("bob").await);
    let uri = format!("/probe/{}/kb", ada.org);
    for (org, code) in [
        (format!("\"{}\"", bob.org), Some("org_id_conflict")),
        ("\"acme\"".to_owned(), Some("invalid_org_id")),
        ("5".to_owned(), Some("invalid_org_id")),
        ("null".to_owned(), None),
        (format!("\"{}\"", ada.org), None),
    ] {
        let reply = api.post(&uri, &ada.token, &format!(r#"{{"name": "a", "org_id": {org}}}"#)).await;
        match code {
            Some(code) => assert_eq!(reply.code(), code, "{org}"),
            None => assert_eq!(reply.json(), "a", "{org}"),
        }
    }
}

#[actix_web::test]
async fn hostile_json_takes_little_time() {
    let keys = format!("{{{}\"name\":\"a\"}}", "\"k\":0,".repeat(10_000));
    let escapes = format!("{{\"name\":\"{}\"}}", "\\u0000".repeat(10_000)).into_bytes();
    let started = std::time::Instant::now();
    assert_eq!(post(Some("application/json"), keys.as_bytes()).await.code(), "malformed_json");
    assert_eq!(post(Some("application/json"), &escapes).await.status, 200);
    assert!(started.elapsed().as_millis() < 2000, "{:?}", started.elapsed());
}
