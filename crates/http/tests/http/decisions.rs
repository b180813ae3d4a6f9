//! Decisions about authority, and their order.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use bailiwick_app::Store;
use bailiwick_orgs::MembershipStatus;
use bailiwick_users::UserChanges;
use time::Duration;

use crate::support::{World, bearer};

const UNKNOWN_ID: &str = "0198c5a0-7d3e-7000-8000-00000000000a";
const NOT_A_MEMBER: &str = "User is not a member of this organization";

fn refusal(status: u16, detail: &str) -> (u16, String) {
    (status, detail.to_owned())
}

#[actix_web::test]
async fn the_credential_comes_first_and_its_refusal_has_a_challenge() {
    let api = World::new().api().await;
    let uri = "/probe/acme/kb?org_id=other";
    let reply = api.get(uri).await;
    assert_eq!(reply.problem(), refusal(401, "Missing authentication credentials"));
    assert_eq!(reply.header("www-authenticate"), "Bearer");

    let two = TestRequest::get().uri(uri).append_header(("authorization", "Bearer a.b.c"));
    let reply = api.send(two.append_header(("authorization", "Bearer a.b.c"))).await;
    assert_eq!(reply.problem(), refusal(401, "Invalid authorization"));
    assert_eq!(reply.header("www-authenticate"), "Bearer");

    let reply = api.call(Method::GET, uri, "abc").await;
    assert_eq!(reply.problem(), refusal(401, "Invalid or expired token"));
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert!(reply.json()["hint"].as_str().unwrap().contains("1 part;"));
}

#[actix_web::test]
async fn the_hint_for_an_expired_token_says_how_long_ago() {
    let world = World::new();
    let (api, ada) = (world.api().await, world.person("ada").await);
    world.clock.advance(Duration::minutes(67));
    let reply = api.call(Method::GET, "/auth/me", &ada.token).await;
    assert_eq!(reply.problem(), refusal(401, "Invalid or expired token"));
    assert!(reply.json()["hint"].as_str().unwrap().contains("expired 7 minutes ago"), "{reply:?}");
}

#[actix_web::test]
async fn account_and_session_come_before_the_organization() {
    let world = World::new();
    let (api, ada, bob) = (world.api().await, world.person("ada").await, world.person("bob").await);
    world.deactivate(ada.id).await;
    let mut tx = world.store.begin().await.unwrap();
    tx.users().delete(bob.id).await.unwrap();
    tx.commit().await.unwrap();
    for uri in [
        "/probe/acme/kb".to_owned(),
        format!("/probe/{}/kb?org_id={UNKNOWN_ID}", ada.org),
        format!("/probe/{}/kb", ada.org),
        "/probe/maybe?org_id=acme".to_owned(),
        "/roles/list_roles".to_owned(),
    ] {
        let reply = api.call(Method::GET, &uri, &ada.token).await;
        assert_eq!(reply.problem(), refusal(403, "User account is deactivated"), "{uri}");
        let reply = api.call(Method::GET, &uri, &bob.token).await;
        assert_eq!(reply.problem(), refusal(401, "Invalid or expired token"), "{uri}");
    }
    for uri in ["/probe/by-body", "/probe/catalogue"] {
        let reply = api.post(uri, &ada.token, "{").await;
        assert_eq!(reply.problem(), refusal(403, "User account is deactivated"), "{uri}");
    }
}

#[actix_web::test]
async fn the_organization_comes_before_the_membership() {
    let world = World::new();
    let (api, ada) = (world.api().await, world.person("ada").await);
    let (mine, token) = (ada.org, &ada.token);
    for (uri, code) in [
        (format!("/probe/{mine}/kb?org_id={UNKNOWN_ID}"), "org_id_conflict"),
        (format!("/probe/{UNKNOWN_ID}/kb?org_id={mine}"), "org_id_conflict"),
        (format!("/roles/list_roles?org_id={mine}&org_id={UNKNOWN_ID}"), "org_id_conflict"),
        (format!("/probe/{mine}/kb?org_id=acme"), "invalid_org_id"),
        (format!("/probe/{mine}/owner?org_id="), "invalid_org_id"),
        ("/roles/list_roles".to_owned(), "invalid_org_id"),
    ] {
        let reply = api.call(Method::GET, &uri, token).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, code), "{uri}");
    }
    let reply = api.call(Method::GET, &format!("/probe/{mine}/kb?org_id={mine}"), token).await;
    assert_eq!(reply.json(), mine.to_string());
}

#[actix_web::test]
async fn a_foreign_organization_looks_like_an_unknown_one() {
    let world = World::new();
    let (api, ada, bob) = (world.api().await, world.person("ada").await, world.person("bob").await);
    for org in [bob.org.to_string(), UNKNOWN_ID.to_owned()] {
        for route in ["kb", "owner"] {
            let reply = api.call(Method::GET, &format!("/probe/{org}/{route}"), &ada.token).await;
            assert_eq!(reply.problem(), refusal(403, NOT_A_MEMBER));
        }
    }
}

#[actix_web::test]
async fn a_refused_member_gets_the_status_of_the_membership() {
    let world = World::new();
    let (api, ada) = (world.api().await, world.person("ada").await);
    let cases = [
        (MembershipStatus::Suspended, "Access denied: User access has been suspended in this organization"),
        (MembershipStatus::Removed, "Access denied: User has been removed from this organization"),
        (MembershipStatus::Invited, "Access denied: User invitation is still pending acceptance"),
    ];
    for (n, (status, detail)) in cases.into_iter().enumerate() {
        let person = world.person(&format!("person{n}")).await;
        world.make_guest(ada.org, person.id, status).await;
        let reply = api.call(Method::GET, &format!("/probe/{}/kb", ada.org), &person.token).await;
        assert_eq!(reply.problem(), refusal(403, detail));
    }
}

#[actix_web::test]
async fn a_missing_permission_comes_before_the_body() {
    let world = World::new();
    let (api, ada, guest) = (world.api().await, world.person("ada").await, world.person("gus").await);
    world.make_guest(ada.org, guest.id, MembershipStatus::Active).await;
    let uri = format!("/auth/invite?org_id={}", ada.org);
    for body in ["{", "[]", "{}", "\0"] {
        let reply = api.post(&uri, &guest.token, body).await;
        assert_eq!(reply.problem(), refusal(403, "Access denied. Required: invitations:write"), "{body}");
    }
    let reply = api.call(Method::GET, &format!("/probe/{}/owner", ada.org), &guest.token).await;
    assert_eq!(reply.problem(), refusal(403, "Access denied. Required: owner"));
}

#[actix_web::test]
async fn the_organization_may_be_in_the_body_only() {
    let world = World::new();
    let (api, ada, bob) = (world.api().await, world.person("ada").await, world.person("bob").await);
    let (mine, foreign, token) = (ada.org, bob.org, &ada.token);
    let uri = "/probe/by-body";
    let with_query = format!("{uri}?org_id={mine}");
    for uri in [uri, &with_query] {
        let reply = api.post(uri, token, &format!(r#"{{"name": "x", "org_id": "{mine}"}}"#)).await;
        assert_eq!(reply.json(), "x", "{reply:?}");
    }
    for (uri, body, status, code) in [
        (uri, format!(r#"{{"name": "x", "org_id": "{foreign}"}}"#), 403, "not_a_member"),
        (uri, r#"{"name": "x"}"#.to_owned(), 400, "invalid_org_id"),
        (uri, r#"{"org_id": null}"#.to_owned(), 400, "invalid_org_id"),
        (uri, r#"{"org_id": 5}"#.to_owned(), 400, "invalid_org_id"),
        (uri, "{".to_owned(), 400, "invalid_org_id"),
        (uri, String::new(), 400, "invalid_org_id"),
        (uri, "[]".to_owned(), 400, "invalid_org_id"),
        (uri, format!("{{\"name\": \"{}\"}}", "x".repeat(70_000)), 413, "payload_too_large"),
        (&with_query, format!(r#"{{"org_id": "{foreign}"}}"#), 400, "org_id_conflict"),
        (&with_query, r#"{"org_id": "acme"}"#.to_owned(), 400, "invalid_org_id"),
        (&with_query, "{".to_owned(), 400, "malformed_json"),
        (&with_query, "[]".to_owned(), 422, "validation_failed"),
        (&with_query, "{}".to_owned(), 422, "validation_failed"),
    ] {
        let reply = api.post(uri, token, &body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{uri} {body:.60}");
    }
    let reply = api.call(Method::POST, uri, token).await;
    assert_eq!(reply.code(), "invalid_org_id");
    let named = format!(r#"{{"org_id": "{mine}"}}"#);
    for (body, code) in [
        ("name=x", "unsupported_media_type"),
        (&named, "unsupported_media_type"),
        // The organization is checked before the body.
        ("{}", "invalid_org_id"),
    ] {
        let text = TestRequest::post().uri(uri).insert_header(("content-type", "text/plain"));
        let reply = api.send(bearer(text.set_payload(body.to_owned()), token)).await;
        assert_eq!(reply.code(), code, "{body}");
    }
}

#[actix_web::test]
async fn the_catalogue_is_that_of_the_body_or_of_the_caller() {
    let world = World::new();
    let (api, ada, bob) = (world.api().await, world.person("ada").await, world.person("bob").await);
    let root = world.person("root").await;
    let mut tx = world.store.begin().await.unwrap();
    tx.users().update(root.id, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let uri = "/probe/catalogue";
    assert_eq!(api.call(Method::POST, uri, &ada.token).await.json(), ada.org.to_string());
    assert_eq!(api.post(uri, &ada.token, "{}").await.json(), ada.org.to_string());
    assert_eq!(api.post(uri, &root.token, "{}").await.json(), serde_json::Value::Null);
    let foreign = format!(r#"{{"org_id": "{}"}}"#, bob.org);
    assert_eq!(api.post(uri, &ada.token, &foreign).await.code(), "not_a_member");
    assert_eq!(api.post(uri, &ada.token, r#"{"org_id": "acme"}"#).await.code(), "invalid_org_id");
    assert_eq!(api.post(&format!("{uri}?org_id=acme"), &ada.token, "{}").await.code(), "invalid_org_id");
    world.make_guest(bob.org, ada.id, MembershipStatus::Active).await;
    assert_eq!(api.post(uri, &ada.token, "{}").await.problem(), refusal(400, "Invalid org id"));
}

#[actix_web::test]
async fn platform_routes_require_a_platform_administrator() {
    let world = World::new();
    let (api, ada, root) = (world.api().await, world.person("ada").await, world.person("root").await);
    let mut tx = world.store.begin().await.unwrap();
    tx.users().update(root.id, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let uri = "/probe/platform";
    let required = refusal(403, "Access denied. Required: platform administrator");
    assert_eq!(api.post(uri, &ada.token, "{").await.problem(), required, "the body comes after");
    assert_eq!(api.post(uri, "", "{").await.code(), "invalid_authorization");
    assert_eq!(api.post(uri, &root.token, r#"{"name": "x"}"#).await.json(), root.id.to_string());
    assert_eq!(api.post(uri, &root.token, "{").await.code(), "malformed_json");
    world.deactivate(root.id).await;
    assert_eq!(api.post(uri, &root.token, "{").await.problem(), refusal(403, "User account is deactivated"));
}

#[actix_web::test]
async fn some_routes_allow_a_query_without_an_organization() {
    let world = World::new();
    let (api, ada) = (world.api().await, world.person("ada").await);
    let maybe = async |query: &str| api.call(Method::GET, &format!("/probe/maybe?{query}"), &ada.token).await;
    assert_eq!(maybe("").await.json(), serde_json::Value::Null);
    assert_eq!(maybe(&format!("org_id={}", ada.org)).await.json(), "owner");
    assert_eq!(maybe("org_id=acme").await.code(), "invalid_org_id");
    assert_eq!(maybe(&format!("org_id={UNKNOWN_ID}")).await.problem(), refusal(403, NOT_A_MEMBER));
}

#[actix_web::test]
async fn public_routes_never_look_at_the_credential() {
    let api = World::new().api().await;
    let request = TestRequest::get().uri("/healthz").insert_header(("authorization", "nonsense"));
    assert_eq!(api.send(request).await.status, 200);
}

#[actix_web::test]
async fn a_malformed_id_in_the_path_is_not_found() {
    let api = World::new().api().await;
    let reply = api.send(TestRequest::post().uri("/probe/role/admin")).await;
    assert_eq!(reply.problem(), refusal(404, "Role not found"));
    assert_eq!(
        api.send(TestRequest::post().uri(&format!("/probe/role/{UNKNOWN_ID}"))).await.json(),
        UNKNOWN_ID
    );
}
