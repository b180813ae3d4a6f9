//! `/problems/<code>`: what the `type` of a problem points at (RFC 9457, section
//! 3.1.1), as JSON and, for browsers, as pages.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ContentType, VARY};
use actix_web::web::{Path, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::json;
use crate::extract::{Public, prefers_html};
use crate::prefix::Prefix;
use crate::problem::{Code, Problem, ProblemBody, page};
use crate::resource::resource;

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/problems", [get().to(list)]);
    resource(cfg, "/problems/{code}", [get().to(explain)]);
}

/// A kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemKindDto {
    /// As it stands in `code`.
    #[schema(value_type = String)]
    code: &'static str,
    /// The status that goes with it.
    status: u16,
    /// What it means.
    #[schema(value_type = String)]
    title: &'static str,
    /// What to do about it.
    #[schema(value_type = String)]
    hint: Cow<'static, str>,
    /// When it happens and what is behind it, in a few sentences.
    #[schema(value_type = String)]
    explanation: Cow<'static, str>,
}

impl ProblemKindDto {
    fn new(code: Code, prefix: &Prefix) -> Self {
        Self {
            code: code.as_str(),
            status: code.status().as_u16(),
            title: code.title(),
            hint: prefix.applied(code.hint()),
            explanation: prefix.applied(code.explanation()),
        }
    }
}

/// All kinds of problems, as JSON or as a page.
#[utoipa::path(get, path = "/problems", tag = "service", responses((status = 200, content(
    (Vec<ProblemKindDto> = "application/json"), (String = "text/html")))))]
pub async fn list(_: Public, prefix: Prefix, request: HttpRequest) -> HttpResponse {
    if prefers_html(&request) {
        return html(page::of_all());
    }
    let kinds: Vec<_> = Code::ALL.iter().map(|code| ProblemKindDto::new(*code, &prefix)).collect();
    varied(json(StatusCode::OK, &kinds))
}

/// One kind of problem, as JSON or as a page.
#[utoipa::path(get, path = "/problems/{code}", tag = "service", params(("code" = String, Path)),
    responses((status = 200, content((ProblemKindDto = "application/json"), (String = "text/html"))),
        (status = 404, body = ProblemBody)))]
pub async fn explain(
    _: Public,
    code: Path<String>,
    prefix: Prefix,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let code = Code::parse(&code).ok_or(Code::NotFound)?;
    if prefers_html(&request) {
        return Ok(html(page::of(code, &prefix)));
    }
    Ok(varied(json(StatusCode::OK, &ProblemKindDto::new(code, &prefix))))
}

/// A page without style and script: the edge's policy forbids both.
fn html(page: String) -> HttpResponse {
    varied(HttpResponse::Ok().content_type(ContentType::html()).body(page))
}

/// Caches keep the page and the JSON apart.
fn varied(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(VARY, ACCEPT.into());
    answer
}
