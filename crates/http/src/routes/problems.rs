//! `/problems/<code>`: the targets of the `type` of problems (RFC 9457, section 3.1.1), as JSON
//! and, for browsers, as pages.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ContentType, VARY};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Public, Service, prefers_html};
use crate::operation::operations;
use crate::prefix::Prefix;
use crate::problem::{Code, Problem, own_codes, page, under};
use crate::response::json;

operations![list, explain];

/// A kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemKindDto {
    /// The `code` of problems of this kind.
    #[schema(value_type = Code)]
    code: &'static str,
    /// The status code of the response.
    #[schema(minimum = 400, maximum = 599, example = 403)]
    status: u16,
    /// The title, for people.
    #[schema(value_type = String, example = "Access denied")]
    title: &'static str,
    /// The general hint, for people.
    #[schema(value_type = String, example = "Ask an administrator of the organization for a role that grants this permission.")]
    hint: Cow<'static, str>,
    /// The cause and the correction, in a few sentences.
    #[schema(value_type = String, example = "The role of the caller does not grant the permission.")]
    explanation: Cow<'static, str>,
}

impl ProblemKindDto {
    fn new(code: Code, prefix: &Prefix) -> Self {
        Self {
            code: code.as_str(),
            status: code.status(),
            title: code.title(),
            hint: under(prefix, code, code.hint()),
            explanation: under(prefix, code, code.explanation()),
        }
    }
}

/// Lists all kinds of problems, as JSON or as a page.
#[utoipa::path(get, path = "/problems", tag = "service", responses(
    (status = 200, description = "All kinds of problems.", content(
        (Vec<ProblemKindDto> = "application/json"), (String = "text/html")))))]
pub async fn list(_: Public, app: Service, prefix: Prefix, request: HttpRequest) -> HttpResponse {
    let codes = [Code::ALL, &own_codes(&app)].concat();
    if prefers_html(&request) {
        return html(page::of_all(&codes));
    }
    let kinds: Vec<_> = codes.iter().map(|code| ProblemKindDto::new(*code, &prefix)).collect();
    with_vary(json(StatusCode::OK, &kinds))
}

/// Explains a kind of problem, as JSON or as a page.
#[utoipa::path(get, path = "/problems/{code}", tag = "service", 
    params(("code" = Code, Path, description = "The code of the problem.")),
    responses((status = 200, description = "The kind of the problem.", content(
        (ProblemKindDto = "application/json"), (String = "text/html")))),
    extensions(("x-problems" = json!([Code::NotFound]))))]
pub async fn explain(
    _: Public,
    app: Service,
    code: Path<String>,
    prefix: Prefix,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let of_program = || own_codes(&app).into_iter().find(|own| own.as_str() == *code);
    let code = Code::parse(&code).or_else(of_program).ok_or(Code::NotFound)?;
    if prefers_html(&request) {
        return Ok(html(page::of(code, &prefix)));
    }
    Ok(with_vary(json(StatusCode::OK, &ProblemKindDto::new(code, &prefix))))
}

/// Responds with a page that has no styles or scripts, because the content security policy forbids
/// both.
fn html(page: String) -> HttpResponse {
    with_vary(HttpResponse::Ok().content_type(ContentType::html()).body(page))
}

/// Adds `Vary: Accept`, so that HTTP caches store the page and the JSON separately.
fn with_vary(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(VARY, ACCEPT.into());
    response
}
