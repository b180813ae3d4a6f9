//! `/audit` and `/platform/audit`: the audit trail.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::audit::{ListAudit, ListPlatformAudit};
use bailiwick_app::authority::permission::AuditRead;

use crate::dto::audit::{AuditRowDto, audit_filter};
use crate::dto::lists::PageDto;
use crate::dto::values;
use crate::extract::{Allow, Params, Platform, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::json;

operations![list_audit, list_platform_audit];

/// Lists the audit trail of the organization, newest first. `action` is one action or, as in `role.*`,
/// all actions of a noun. `from` is inclusive, `to` is exclusive.
#[utoipa::path(get, path = "/audit", tag = "audit", security(("bearer" = ["audit:read"])),
    params(("org_id" = uuid::Uuid, Query),
        ("actor" = Option<uuid::Uuid>, Query, description = "The user who acted."),
        ("action" = Option<values::AuditActions>, Query, description = "The actions."),
        ("target" = Option<uuid::Uuid>, Query, description = "The target of the actions."),
        ("from" = Option<time::OffsetDateTime>, Query, description = "The earliest time, inclusive."),
        ("to" = Option<time::OffsetDateTime>, Query, description = "The latest time, exclusive."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<AuditRowDto>)))]
pub async fn list_audit(
    allow: Allow<AuditRead>,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let query = ListAudit { filter: audit_filter(&params)?, page: params.page() };
    let listing = app.query(&allow, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<AuditRowDto>::from_listing(listing)))
}

/// Lists the audit trail of all organizations and accounts, newest first. Requires an administrator of
/// the platform.
#[utoipa::path(get, path = "/platform/audit", tag = "platform",
    security(("bearer" = ["platform_admin"])),
    params(("org_id" = Option<uuid::Uuid>, Query),
        ("actor" = Option<uuid::Uuid>, Query, description = "The user who acted."),
        ("action" = Option<values::AuditActions>, Query, description = "The actions."),
        ("target" = Option<uuid::Uuid>, Query, description = "The target of the actions."),
        ("from" = Option<time::OffsetDateTime>, Query, description = "The earliest time, inclusive."),
        ("to" = Option<time::OffsetDateTime>, Query, description = "The latest time, exclusive."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<AuditRowDto>)),
    extensions(("x-problems" = json!([Code::InvalidOrgId, Code::OrgIdConflict]))))]
pub async fn list_platform_audit(
    platform: Platform,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let query = ListPlatformAudit { org: params.org()?, filter: audit_filter(&params)?, page: params.page() };
    let listing = app.query(&platform, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<AuditRowDto>::from_listing(listing)))
}
