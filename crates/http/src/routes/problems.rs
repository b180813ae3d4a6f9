//! `/problems/<code>`: what the `type` of a problem points at (RFC 9457, section 3.1.1).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::json;
use crate::extract::Public;
use crate::problem::{Code, Problem, ProblemBody};
use crate::routes::resource;

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
    hint: &'static str,
}

impl From<Code> for ProblemKindDto {
    fn from(code: Code) -> Self {
        Self { code: code.as_str(), status: code.status().as_u16(), title: code.title(), hint: code.hint() }
    }
}

/// All kinds of problems.
#[utoipa::path(get, path = "/problems", tag = "service", responses((status = 200, body = Vec<ProblemKindDto>)))]
pub async fn list(_: Public) -> HttpResponse {
    let kinds: Vec<_> = Code::ALL.iter().copied().map(ProblemKindDto::from).collect();
    json(StatusCode::OK, &kinds)
}

/// One kind of problem.
#[utoipa::path(get, path = "/problems/{code}", tag = "service", params(("code" = String, Path)),
    responses((status = 200, body = ProblemKindDto), (status = 404, body = ProblemBody)))]
pub async fn explain(_: Public, code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::parse(&code).ok_or(Code::NotFound)?;
    Ok(json(StatusCode::OK, &ProblemKindDto::from(code)))
}
