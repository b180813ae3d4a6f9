//! Readers of the body: those that wait for the decision, and those that bypass it.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::web::{self, Bytes, ServiceConfig, post};
use bailiwick_app::authority::permission::InvitationsWrite;
use bailiwick_http::extract::{Allow, Bearer, Body, BodyStream, NoBody, Platform, Public, Unread};
use bailiwick_http::problem::Problem;
use bailiwick_http::resource;
use bailiwick_http::response::json;
use bailiwick_orgs::MembershipStatus;
use futures_util::StreamExt;
use serde_json::Value;

use crate::support::{Api, Person, Reply, World, bearer};
use crate::test_routes::NameBody;

type Invites = Allow<InvitationsWrite>;

pub fn configure(cfg: &mut ServiceConfig) {
    let mut misread = |name: &str, route| resource(cfg, &format!("/misread/{{org_id}}/{name}"), [route]);
    misread("json", post().to(async |_: Invites, _: web::Json<Value>| HttpResponse::Ok()));
    misread("json-first", post().to(async |_: web::Json<Value>, _: Invites| HttpResponse::Ok()));
    misread("json-in-option", post().to(async |_: Invites, _: Option<web::Json<Value>>| HttpResponse::Ok()));
    misread(
        "json-beside-body",
        post().to(async |_: Invites, _: NoBody, _: web::Json<Value>| HttpResponse::Ok()),
    );
    misread("bytes", post().to(async |_: Invites, _: Bytes| HttpResponse::Ok()));
    misread("payload", post().to(drains));
    misread("platform", post().to(async |_: Platform, _: web::Json<Value>| HttpResponse::Ok()));
    misread("public", post().to(async |_: Public, _: web::Json<Value>| HttpResponse::Ok()));
    resource(cfg, "/undecided/body", [post().to(async |_: Body<NameBody>| HttpResponse::Ok())]);
    resource(cfg, "/probe/{org_id}/name", [post().to(name)]);
    resource(cfg, "/probe/{org_id}/unread", [post().to(unread)]);
    resource(cfg, "/probe/{org_id}/length", [post().to(length)]);
    resource(cfg, "/probe/{org_id}/anyone", [post().to(anyone)]);
}

async fn drains(_: Invites, mut payload: web::Payload) -> HttpResponse {
    while payload.next().await.is_some() {}
    HttpResponse::Ok().finish()
}

async fn name(Body(name): Body<NameBody>, _: Invites) -> HttpResponse {
    json(StatusCode::OK, &name)
}

async fn unread(_: Invites, body: Unread<Body<NameBody>>) -> Result<HttpResponse, Problem> {
    let Body(name) = body.read().await?;
    Ok(json(StatusCode::OK, &name))
}

async fn length(_: Invites, body: BodyStream) -> HttpResponse {
    let chunks: Vec<_> = body.into_inner().map(|chunk| chunk.unwrap().len()).collect().await;
    json(StatusCode::OK, &chunks.into_iter().sum::<usize>())
}

async fn anyone(_: Public, caller: Option<Bearer>, Body(name): Body<NameBody>) -> HttpResponse {
    json(StatusCode::OK, &(caller.map(|caller| caller.actor().user), name))
}

/// An owner who may invite and a guest who may not. Their checks are answered by the store (`cold`) or by the
/// cache (`warm`).
struct Scene {
    api: Api,
    ada: Person,
    guest: Person,
}

impl Scene {
    async fn cold_and_warm() -> [(&'static str, Self); 2] {
        [("cold", Self::new(false).await), ("warm", Self::new(true).await)]
    }

    async fn new(is_warm: bool) -> Self {
        let world = World::new();
        let (ada, guest) = (world.person("ada").await, world.person("gus").await);
        world.make_guest(ada.org, guest.id, MembershipStatus::Active).await;
        let scene = Self { api: world.api().await, ada, guest };
        for person in [&scene.ada, &scene.guest] {
            if is_warm {
                world.warm_up(person, scene.ada.org).await;
            }
            let actor = world.app.read_token(&person.token).unwrap();
            let cached = world.app.authority().member_cached(&actor, scene.ada.org);
            assert_eq!(cached.is_some(), is_warm);
        }
        scene
    }

    /// Sends a POST with `Content-Length`, as every client does.
    async fn post(&self, uri: &str, token: &str, kind: Option<&str>, body: &str) -> Reply {
        let uri = uri.replace("{org_id}", &self.ada.org.to_string());
        let length = ("content-length", body.len().to_string());
        let request = TestRequest::post().uri(&uri).insert_header(length).set_payload(body.to_owned());
        let request =
            kind.into_iter().fold(request, |request, kind| request.insert_header(("content-type", kind)));
        self.api.send(bearer(request, token)).await
    }
}

const JSON: Option<&str> = Some("application/json");

#[actix_web::test]
async fn another_reader_of_the_body_is_found_by_the_first_request() {
    for name in
        ["json", "json-first", "json-in-option", "json-beside-body", "bytes", "payload", "platform", "public"]
    {
        for (state, scene) in Scene::cold_and_warm().await {
            let uri = format!("/misread/{{org_id}}/{name}");
            for token in [&scene.ada.token, &scene.guest.token, "", "a.b.c"] {
                if name == "payload" && token != scene.ada.token {
                    // The handler itself reads the body, so the refusal comes first.
                    continue;
                }
                for (kind, body) in [(JSON, "{}"), (JSON, "{"), (JSON, ""), (Some("text/plain"), "x")] {
                    if name == "json-in-option" && kind != JSON {
                        // The extractor refuses the media type before it reads, and `Option` hides that.
                        continue;
                    }
                    let reply = scene.post(&uri, token, kind, body).await;
                    assert_eq!(reply.code(), "internal_error", "{state} {name} {token} {kind:?} {body}");
                    let cause = reply.cause.as_deref().unwrap_or_default();
                    assert!(cause.contains("another reader of the body"), "{state} {name}: {cause}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_body_is_read_after_the_decision() {
    for (state, scene) in Scene::cold_and_warm().await {
        for uri in ["/probe/{org_id}/name", "/probe/{org_id}/unread"] {
            for (kind, body, status) in [
                (JSON, "{\"name\": \"x\"}", 200),
                (JSON, "{", 400),
                (JSON, "{\"org_id\": \"acme\"}", 400),
                (JSON, &format!("\"{}\"", "x".repeat(70_000)), 413),
                (Some("text/plain"), "x", 415),
                (JSON, "{}", 422),
            ] {
                let reply = scene.post(uri, &scene.ada.token, kind, body).await;
                assert_eq!(reply.status.as_u16(), status, "{state} {uri} {body:.40}");
                let reply = scene.post(uri, &scene.guest.token, kind, body).await;
                let required = "Access denied. Required: invitations:write".to_owned();
                assert_eq!(reply.problem(), (403, required), "{state} {uri} {body:.40}");
                let reply = scene.post(uri, "a.b.c", kind, body).await;
                assert_eq!(reply.status, 401, "{state} {uri} {body:.40}");
            }
        }
    }
}

#[actix_web::test]
async fn a_handler_may_parse_the_body_itself() {
    for (state, scene) in Scene::cold_and_warm().await {
        let uri = "/probe/{org_id}/length";
        let reply = scene.post(uri, &scene.ada.token, Some("image/png"), "12345").await;
        assert_eq!(reply.json(), 5, "{state}");
        assert_eq!(scene.post(uri, &scene.guest.token, Some("image/png"), "12345").await.status, 403);
    }
}

#[actix_web::test]
async fn an_optional_bearer_turns_a_refusal_into_none() {
    let scene = Scene::new(false).await;
    let uri = "/probe/{org_id}/anyone";
    for (token, user) in [("a.b.c", Value::Null), (&scene.ada.token, scene.ada.id.to_string().into())] {
        let reply = scene.post(uri, token, JSON, "{\"name\": \"x\"}").await;
        assert_eq!(reply.json(), serde_json::json!([user, "x"]));
    }
}

#[actix_web::test]
async fn a_body_without_a_decision_is_a_500() {
    let scene = Scene::new(false).await;
    let reply = scene.post("/undecided/body", "", JSON, "{\"name\": \"x\"}").await;
    assert_eq!(reply.code(), "internal_error");
    assert!(reply.cause.unwrap().contains("no extractor of authority"));
}

#[actix_web::test]
async fn routes_with_a_body_refuse_an_unknown_id_in_the_path_first() {
    let scene = Scene::new(false).await;
    let org = scene.ada.org;
    for (method, uri) in [
        (Method::PATCH, format!("/organizations/{org}/users/nobody")),
        (Method::POST, format!("/roles/{org}/users/nobody/roles")),
        (Method::PUT, format!("/roles/admin?org_id={org}")),
    ] {
        let request = TestRequest::default().method(method).uri(&uri).set_payload("{");
        let reply = scene.api.send(bearer(request, &scene.ada.token)).await;
        assert_eq!(reply.status, 404, "{uri}");
    }
    let uri = format!("/organizations/{org}/users/nobody");
    let request = TestRequest::delete().uri(&uri).set_payload("{");
    assert_eq!(scene.api.send(bearer(request, &scene.ada.token)).await.code(), "malformed_json");
}
