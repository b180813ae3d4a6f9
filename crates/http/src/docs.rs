//! The description of the API, and pages to read it by. Nothing is loaded from
//! elsewhere: the pages are compiled in.

use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding, ContentType, HeaderValue,
    LOCATION,
};
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get};
use utoipa_swagger_ui::Config;

use crate::extract::Public;
use crate::openapi;
use crate::prefix::Prefix;
use crate::problem::{Code, Problem};
use crate::resource::resource;

/// Own scripts, and the styles that the pages write into themselves.
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

/// The description as JSON, written when it is first asked for: it never changes while the
/// program runs.
#[derive(Default)]
pub(crate) struct Description(OnceLock<Bytes>);

async fn description(_: Public, prefix: Prefix, written: Data<Description>) -> HttpResponse {
    let write = || openapi::json_under(&prefix).map(Bytes::from).unwrap_or_default();
    HttpResponse::Ok().insert_header(ContentType::json()).body(written.0.get_or_init(write).clone())
}

/// The pages name each other relatively, so they need the slash; this redirection
/// is relative too and works under `/api` and behind a prefix.
async fn to_pages(_: Public) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "docs/")).finish()
}

async fn page(_: Public, file: Path<String>) -> Result<HttpResponse, Problem> {
    let config = Config::from("../openapi.json").validator_url("none");
    let found = utoipa_swagger_ui::serve(&file, Arc::new(config)).map_err(Problem::internal_because)?;
    let found = found.ok_or(Code::NotFound)?;
    let mut answer = HttpResponse::Ok();
    if found.gzpipped {
        answer.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip));
    }
    answer.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY)).insert_header((CACHE_CONTROL, CACHED));
    Ok(answer.content_type(found.content_type).body(found.bytes.into_owned()))
}
