//! `/roles`: roles, their assignment, and the catalogue of permissions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
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
use crate::extract::{Allow, Body, Catalogue, ElseBody, Member, NoBody, Params, PathId, Service, Unread};
use crate::operation::operations;
use crate::problem::{Problem, ProblemBody};

operations![
    create_role,
    list_roles,
    list_permissions,
    reorder_roles,
    add_permission,
    read_role,
    change_role,
    delete_role,
    assign_role,
    protected,
];

/// Lists the roles of the organization, highest level first.
#[utoipa::path(get, path = "/roles/list_roles", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = Vec<RoleDto>), (status = 403, body = ProblemBody)))]
pub async fn list_roles(allow: Allow<RolesRead>, app: Service) -> Result<HttpResponse, Problem> {
    let roles = app.query(&allow, &ListRoles).await?;
    let roles: Vec<_> = roles.into_iter().map(RoleDto::from).collect();
    Ok(json(StatusCode::OK, &roles))
}

/// Returns a role.
#[utoipa::path(get, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = RoleDto), (status = 404, description = "Role not found", body = ProblemBody)))]
pub async fn read_role(allow: Allow<RolesRead>, path: PathId, app: Service) -> Result<HttpResponse, Problem> {
    let role = app.query(&allow, &ReadRole { id: path.role()? }).await?;
    Ok(json(StatusCode::OK, &RoleDto::from(role)))
}

/// Creates a role below the caller's own level.
#[utoipa::path(post, path = "/roles", tag = "roles", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)), request_body = CreateRoleBody,
    responses((status = 201, body = RoleDto), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 409, description = "Name or level in use", body = ProblemBody)))]
pub async fn create_role(
    allow: Allow<RolesWrite, ElseBody>,
    Body(command): Body<CreateRoleBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let role = app.run(&allow, &command).await?;
    Ok(json(StatusCode::CREATED, &RoleDto::from(role)))
}

/// Changes a role. The change takes effect for its members at once.
#[utoipa::path(put, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)), request_body = ChangeRoleBody,
    responses((status = 200, body = RoleDto), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Name or level in use, or a system role", body = ProblemBody)))]
pub async fn change_role(
    allow: Allow<RolesWrite, ElseBody>,
    path: PathId,
    body: Unread<Body<ChangeRoleBody>>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let id = path.role()?;
    let Body(command) = body.read().await?;
    let command = command.of(id);
    let role = app.run(&allow, &command).await?;
    Ok(json(StatusCode::OK, &RoleDto::from(role)))
}

/// Deletes a role that no member has and no pending invitation offers.
#[utoipa::path(delete, path = "/roles/{role_id}", tag = "roles", security(("bearer" = [])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, description = "Role is assigned, or a system role", body = ProblemBody)))]
pub async fn delete_role(
    allow: Allow<RolesDelete, ElseBody>,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&allow, &DeleteRole { id: path.role()? }).await?;
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
    allow: Allow<RolesWrite, ElseBody>,
    Body(command): Body<ReorderRolesBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let roles = app.run(&allow, &command).await?;
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
    body: Unread<Body<AssignRoleBody>>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = path.member()?;
    let Body(role) = body.read().await?;
    let member = app.run(&allow, &AssignRole { user, role }).await?;
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
    let entries = app.query(&member, &query).await?;
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
    Body(command): Body<AddPermissionBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    Ok(match app.run(&catalogue, &command).await? {
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
    let user_id = allow.context().user.to_string();
    Ok(json(StatusCode::OK, &ProtectedDto { message: "Access granted", user_id }))
}
