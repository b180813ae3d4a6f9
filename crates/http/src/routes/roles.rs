//! `/roles`: roles, their assignment, and the catalogue of permissions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, delete, get, post, put};
use bailiwick_app::authority::permission::{KbRead, RolesDelete, RolesRead, RolesWrite, UsersWrite};
use bailiwick_app::roles::{
    AddedPermission, AssignRole, CatalogueScope, DeleteRole, ListPermissions, ListRoles, ReadRole,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{json, no_content};
use crate::dto::organizations::MemberDto;
use crate::dto::roles::{
    AddPermissionBody, AssignRoleBody, ChangeRoleBody, CreateRoleBody, PermissionDto, ReorderRolesBody,
    RoleDto,
};
use crate::extract::{Allow, AllowElseByBody, Body, Catalogue, Member, NoBody, Params, PathId, Service};
use crate::problem::{Problem, ProblemBody};
use crate::resource::resource;

/// Mounts the routes. Fixed paths are mounted before `/roles/{role_id}`.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/roles", [post().to(create_role)]);
    resource(cfg, "/roles/list_roles", [get().to(list_roles)]);
    resource(cfg, "/roles/list_permissions", [get().to(list_permissions)]);
    resource(cfg, "/roles/reorder", [post().to(reorder_roles)]);
    resource(cfg, "/roles/permission", [post().to(add_permission)]);
    resource(cfg, "/roles/{role_id}", [get().to(read_role), put().to(change_role), delete().to(delete_role)]);
    resource(cfg, "/roles/{org_id}/users/{user_id}/roles", [post().to(assign_role)]);
    resource(cfg, "/api/protected", [get().to(protected)]);
}

/// Lists the roles of the organization, highest level first.
#[utoipa::path(get, path = "/roles/list_roles", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = Vec<RoleDto>), (status = 403, body = ProblemBody)))]
pub async fn list_roles(allow: Allow<RolesRead>, app: Service) -> Result<HttpResponse, Problem> {
    let roles = app.query(allow.proof(), &ListRoles).await?;
    let roles: Vec<_> = roles.into_iter().map(RoleDto::from).collect();
    Ok(json(StatusCode::OK, &roles))
}

/// Returns a role.
#[utoipa::path(get, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = RoleDto), (status = 404, description = "Role not found", body = ProblemBody)))]
pub async fn read_role(allow: Allow<RolesRead>, path: PathId, app: Service) -> Result<HttpResponse, Problem> {
    let role = app.query(allow.proof(), &ReadRole { id: path.role()? }).await?;
    Ok(json(StatusCode::OK, &RoleDto::from(role)))
}

/// Creates a role below the caller's own level.
#[utoipa::path(post, path = "/roles", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)), request_body = CreateRoleBody,
    responses((status = 201, body = RoleDto), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 409, description = "Name or level in use", body = ProblemBody)))]
pub async fn create_role(
    allow: AllowElseByBody<RolesWrite>,
    body: Body<CreateRoleBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let command = body.within(allow.proof().context().org).await?;
    let role = app.run(allow.proof(), &command).await?;
    Ok(json(StatusCode::CREATED, &RoleDto::from(role)))
}

/// Changes a role. The change takes effect for its members at once.
#[utoipa::path(put, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)), request_body = ChangeRoleBody,
    responses((status = 200, body = RoleDto), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Name or level in use, or a system role", body = ProblemBody)))]
pub async fn change_role(
    allow: AllowElseByBody<RolesWrite>,
    path: PathId,
    body: Body<ChangeRoleBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let id = path.role()?;
    let command = body.within(allow.proof().context().org).await?.of(id);
    let role = app.run(allow.proof(), &command).await?;
    Ok(json(StatusCode::OK, &RoleDto::from(role)))
}

/// Deletes a role that no member has and no pending invitation offers.
#[utoipa::path(delete, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Role is assigned, or a system role", body = ProblemBody)))]
pub async fn delete_role(
    allow: AllowElseByBody<RolesDelete>,
    path: PathId,
    body: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    body.within(allow.proof().context().org).await?;
    app.run(allow.proof(), &DeleteRole { id: path.role()? }).await?;
    Ok(no_content())
}

/// Reorders custom roles: their present levels are assigned to them anew, the highest to the first
/// role. The change takes effect for their members at once.
#[utoipa::path(post, path = "/roles/reorder", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)), request_body = ReorderRolesBody,
    responses((status = 200, description = "The roles named, highest first", body = Vec<RoleDto>),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "A system role, or no level is free", body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn reorder_roles(
    allow: AllowElseByBody<RolesWrite>,
    body: Body<ReorderRolesBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let command = body.within(allow.proof().context().org).await?;
    let roles = app.run(allow.proof(), &command).await?;
    let roles: Vec<_> = roles.into_iter().map(RoleDto::from).collect();
    Ok(json(StatusCode::OK, &roles))
}

/// Assigns a role to a member and restores a suspended membership.
#[utoipa::path(post, path = "/roles/{org_id}/users/{user_id}/roles", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)), request_body = AssignRoleBody,
    responses((status = 200, body = MemberDto), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Organization needs an active owner", body = ProblemBody)))]
pub async fn assign_role(
    allow: Allow<UsersWrite>,
    path: PathId,
    body: Body<AssignRoleBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = path.member()?;
    let role = body.within(allow.proof().context().org).await?;
    let member = app.run(allow.proof(), &AssignRole { user, role }).await?;
    Ok(json(StatusCode::OK, &MemberDto::from(member)))
}

/// Lists the permissions of the caller, wildcards expanded over the catalogue, or the whole catalogue
/// with `scope=all`.
#[utoipa::path(get, path = "/roles/list_permissions", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query), ("scope" = Option<String>, Query)),
    responses((status = 200, body = Vec<PermissionDto>), (status = 403, body = ProblemBody)))]
pub async fn list_permissions(member: Member, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let scope = params.parsed("scope", |text| (text == "all").then_some(CatalogueScope::All))?;
    let query = ListPermissions { scope: scope.unwrap_or(CatalogueScope::Mine) };
    let entries = app.query(member.proof(), &query).await?;
    let entries: Vec<_> = entries.into_iter().map(PermissionDto::from).collect();
    Ok(json(StatusCode::OK, &entries))
}

/// Adds a permission to the catalogue of the organization, or to the global catalogue if a platform
/// administrator sends no `org_id`.
#[utoipa::path(post, path = "/roles/permission", tag = "roles", security(("bearer" = [])),
    params(("org_id" = Option<uuid::Uuid>, Query)), request_body = AddPermissionBody,
    responses((status = 201, body = PermissionDto), (status = 200, description = "Known already", body = PermissionDto),
        (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn add_permission(
    catalogue: Catalogue,
    body: Body<AddPermissionBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let command = body.read().await?;
    Ok(match app.run(catalogue.proof(), &command).await? {
        AddedPermission::New(entry) => json(StatusCode::CREATED, &PermissionDto::from(entry)),
        AddedPermission::Known(entry) => json(StatusCode::OK, &PermissionDto::from(entry)),
    })
}

/// The response of the probe.
#[derive(Serialize, ToSchema)]
pub struct ProtectedDto {
    message: &'static str,
    user_id: String,
}

/// Responds if the caller has `kb:read`. Clients use this route as a probe.
#[utoipa::path(get, path = "/api/protected", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = ProtectedDto), (status = 403, body = ProblemBody)))]
pub async fn protected(allow: Allow<KbRead>) -> Result<HttpResponse, Problem> {
    let user_id = allow.proof().context().user.to_string();
    Ok(json(StatusCode::OK, &ProtectedDto { message: "Access granted", user_id }))
}
