//! The description of the API, and pages that show it. The pages are embedded and load nothing from
//! elsewhere.

mod swagger_ui;

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, HeaderValue, LOCATION};
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get};

use crate::extract::{Public, Service};
use crate::openapi;
use crate::prefix::Prefix;
use crate::problem::{Code, Problem, own_codes};
use crate::resource::resource;

/// Content security policy of the pages: their own scripts, and the inline styles that they write.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/openapi.json", [get().to(description)]);
    resource(cfg, "/docs", [get().to(to_pages)]);
    resource(cfg, "/docs/{file:.*}", [get().to(page)]);
}

/// The description as JSON, serialized at the first request. It does not change while the program
/// runs.
#[derive(Default)]
pub(crate) struct Description(OnceLock<Bytes>);

async fn description(_: Public, app: Service, prefix: Prefix, written: Data<Description>) -> HttpResponse {
    let write = || openapi::json_under(&prefix, &own_codes(&app)).map(Bytes::from).unwrap_or_default();
    HttpResponse::Ok().insert_header(ContentType::json()).body(written.0.get_or_init(write).clone())
}

/// Redirects to the path with a slash, because the pages refer to each other relatively. The redirection
/// is relative too and works under `/api` and behind a prefix.
async fn to_pages(_: Public) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "docs/")).finish()
}

async fn page(_: Public, name: Path<String>) -> Result<HttpResponse, Problem> {
    let file = swagger_ui::file(&name).ok_or(Code::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY)).insert_header((CACHE_CONTROL, CACHED));
    Ok(answer.content_type(file.content_type).body(file.bytes))
}
