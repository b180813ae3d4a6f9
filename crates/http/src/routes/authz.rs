//! `/authz`: queries about authority, answered by the code that also decides requests.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use bailiwick_app::App;
use bailiwick_app::authority::permission::RolesRead;
use bailiwick_app::authz::{Check, Explain, WhoCan};

use crate::dto::authz::{CheckBody, CheckedDto, ExplainBody, PermittedDto, permission_of};
use crate::dto::explanation::ExplanationDto;
use crate::dto::lists::PageDto;
use crate::dto::values;
use crate::extract::{Allow, Body, Inquirer, Params};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::json;

operations![check_permissions, explain_permission, who_can];

/// Checks permissions of the caller or, with `roles:read`, of another member.
#[utoipa::path(post, path = "/authz/check", tag = "authority", security(("bearer" = [])),
    request_body = CheckBody,
    params(("org_id" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = CheckedDto)),
    extensions(("x-problems" = json!([Code::PermissionRequired, Code::MemberNotFound]))))]
pub async fn check_permissions(
    inquirer: Inquirer,
    Body((target, permissions)): Body<CheckBody>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let answers = app.query(&inquirer, &Check { user: target.user()?, permissions }).await?;
    Ok(json(StatusCode::OK, &CheckedDto::from(answers)))
}

/// Explains why the caller or, with `roles:read`, another member has a permission or not, and which
/// changes would grant it.
#[utoipa::path(post, path = "/authz/explain", tag = "authority", security(("bearer" = [])),
    request_body = ExplainBody,
    params(("org_id" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = ExplanationDto)),
    extensions(("x-problems" = json!([Code::PermissionRequired, Code::MemberNotFound]))))]
pub async fn explain_permission(
    inquirer: Inquirer,
    Body((target, permission)): Body<ExplainBody>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let explanation = app.query(&inquirer, &Explain { user: target.user()?, permission }).await?;
    Ok(json(StatusCode::OK, &ExplanationDto::from(explanation)))
}

/// Lists the members who have a permission at this moment, with the grants that give it.
#[utoipa::path(get, path = "/authz/who-can", tag = "authority", security(("bearer" = ["roles:read"])),
    params(("org_id" = uuid::Uuid, Query),
        ("permission" = values::Permission, Query, description = "The permission."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<PermittedDto>)))]
pub async fn who_can(
    allow: Allow<RolesRead>,
    params: Params,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = WhoCan { permission: permission_of(params.text("permission"))?, page: params.page() };
    let listing = app.query(&allow, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<PermittedDto>::from_listing(listing)))
}
