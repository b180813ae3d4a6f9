//! Routes that are faulty on purpose, and routes that show what the extractors return.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig, get, post};
use bailiwick_app::authority::permission::{InvitationsWrite, KbRead};
use bailiwick_http::extract::{
    Allow, AlsoBody, Body, Catalogue, Fields, Input, MaybeMember, Owner, PathId, Platform, Public, Service,
};
use bailiwick_http::problem::Problem;
use bailiwick_http::resource;
use bailiwick_http::response::{json, no_content, secret_json};

use crate::readers;

pub fn configure(cfg: &mut ServiceConfig) {
    readers::configure(cfg);
    resource(cfg, "/faulty/undecided", [get().to(async || HttpResponse::Ok().body("leak"))]);
    resource(cfg, "/faulty/redirect", [get().to(async || HttpResponse::Found().finish())]);
    resource(cfg, "/faulty/panic", [get().to(panics)]);
    resource(cfg, "/faulty/slow", [get().to(sleeps)]);
    resource(cfg, "/faulty/bare/{status}", [get().to(responds_bare)]);
    cfg.route("/faulty/no-panic-guard", web::get().to(async || HttpResponse::Ok().body("leak")));
    resource(cfg, "/probe/{org_id}/kb", [get().to(probe), post().to(probe_body)]);
    resource(cfg, "/probe/{org_id}/owner", [get().to(probe_owner)]);
    resource(cfg, "/probe/role/{role_id}", [post().to(probe_id)]);
    resource(cfg, "/probe/by-body", [post().to(probe_by_body)]);
    resource(cfg, "/probe/catalogue", [post().to(probe_catalogue)]);
    resource(cfg, "/probe/maybe", [get().to(probe_maybe)]);
    resource(cfg, "/probe/platform", [post().to(probe_platform)]);
    resource(cfg, "/probe/public", [post().to(probe_public)]);
    resource(cfg, "/probe/client", [get().to(probe_client)]);
}

async fn panics(_: Public) -> HttpResponse {
    panic!("with a secret inside");
}

async fn sleeps(_: Public) -> HttpResponse {
    tokio::time::sleep(Duration::from_mins(1)).await;
    no_content()
}

async fn responds_bare(_: Public, status: web::Path<u16>) -> HttpResponse {
    HttpResponse::new(StatusCode::from_u16(*status).unwrap())
}

/// A body with one field.
#[derive(serde::Deserialize)]
pub struct NameBody {
    name: Option<String>,
}

impl Input for NameBody {
    type Value = String;

    fn check(self, fields: &mut Fields) -> Option<String> {
        fields.required("/name", self.name, |text| Ok::<_, String>(text.to_owned()))
    }
}

async fn probe(allow: Allow<KbRead>) -> HttpResponse {
    json(StatusCode::OK, &allow.context().org)
}

async fn probe_owner(owner: Owner) -> HttpResponse {
    json(StatusCode::OK, &owner.context().org)
}

async fn probe_body(_: Allow<KbRead>, Body(name): Body<NameBody>) -> HttpResponse {
    json(StatusCode::OK, &name)
}

async fn probe_id(_: Public, path: PathId) -> Result<HttpResponse, Problem> {
    Ok(json(StatusCode::OK, &path.role()?))
}

/// The body is extracted before the authority on purpose, because the order must not matter.
async fn probe_by_body(Body(name): Body<NameBody>, _: Allow<InvitationsWrite, AlsoBody>) -> HttpResponse {
    json(StatusCode::OK, &name)
}

async fn probe_catalogue(catalogue: Catalogue, _: Service) -> HttpResponse {
    json(StatusCode::OK, &catalogue.org())
}

async fn probe_maybe(caller: MaybeMember) -> HttpResponse {
    json(StatusCode::OK, &caller.member.as_ref().map(|member| &member.context().role.name))
}

async fn probe_platform(platform: Platform, _: Body<NameBody>) -> HttpResponse {
    json(StatusCode::OK, &platform.actor().user)
}

async fn probe_public(_: Public, Body(name): Body<NameBody>) -> HttpResponse {
    secret_json(StatusCode::OK, &name)
}

async fn probe_client(_: Public, app: Service) -> HttpResponse {
    let client = &app.context().client;
    json(StatusCode::OK, &(client.device.as_deref(), client.ip))
}
