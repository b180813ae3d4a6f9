//! Questions about authority, answered by what decides.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post};
use bailiwick_app::App;
use bailiwick_app::authority::permission::RolesRead;
use bailiwick_app::authz::{Check, Explain, WhoCan};

use crate::answer::json;
use crate::dto::authz::{CheckBody, CheckedDto, ExplainBody, PermittedDto, permission_of};
use crate::dto::explanation::ExplanationDto;
use crate::dto::lists::PageDto;
use crate::extract::{Allow, AskByBody, Body, Params};
use crate::problem::{Problem, ProblemBody};
use crate::resource::resource;

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/authz/check", [post().to(check_permissions)]);
    resource(cfg, "/authz/explain", [post().to(explain_permission)]);
    resource(cfg, "/authz/who-can", [get().to(who_can)]);
}

/// What somebody may do now: oneself, or with `roles:read` another member.
#[utoipa::path(post, path = "/authz/check", tag = "authority", security(("bearer" = [])),
    params(("org_id" = Option<uuid::Uuid>, Query)), request_body = CheckBody,
    responses((status = 200, body = CheckedDto), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 404, description = "User is not a member of this organization", body = ProblemBody)))]
pub async fn check_permissions(
    asker: AskByBody,
    body: Body<CheckBody>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (whom, permissions) = body.within(asker.proof().context().org).await?;
    let answers = app.query(asker.proof(), &Check { user: whom.user()?, permissions }).await?;
    Ok(json(StatusCode::OK, &CheckedDto::from(answers)))
}

/// Why somebody may do something or not, and what would change it: oneself, or
/// with `roles:read` another member.
#[utoipa::path(post, path = "/authz/explain", tag = "authority", security(("bearer" = [])),
    params(("org_id" = Option<uuid::Uuid>, Query)), request_body = ExplainBody,
    responses((status = 200, body = ExplanationDto), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 404, description = "User is not a member of this organization", body = ProblemBody)))]
pub async fn explain_permission(
    asker: AskByBody,
    body: Body<ExplainBody>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (whom, permission) = body.within(asker.proof().context().org).await?;
    let explanation = app.query(asker.proof(), &Explain { user: whom.user()?, permission }).await?;
    Ok(json(StatusCode::OK, &ExplanationDto::from(explanation)))
}

/// The members who may do something now, and why.
#[utoipa::path(get, path = "/authz/who-can", tag = "authority", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query), ("permission" = String, Query),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<PermittedDto>), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn who_can(
    allow: Allow<RolesRead>,
    params: Params,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = WhoCan { permission: permission_of(params.text("permission"))?, page: params.page() };
    let listing = app.query(allow.proof(), &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<PermittedDto>::from_listing(listing)))
}
