//! `/roles`: roles, their assignment, and the catalogue of permissions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::authority::permission::{KbRead, RolesDelete, RolesRead, RolesWrite, UsersWrite};
use bailiwick_app::roles::{
    AddedPermission, AssignRole, CatalogueScope, DeleteRole, ListPermissions, ListRoles, ReadRole,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dto::organizations::MemberDto;
use crate::dto::roles::{
    AddPermissionBody, AssignRoleBody, ChangeRoleBody, CreateRoleBody, PermissionDto, ReorderRolesBody,
    RoleDto,
};
use crate::dto::values;
use crate::extract::{Allow, Body, Catalogue, ElseBody, Member, NoBody, Params, PathId, Service, Unread};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content};

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
#[utoipa::path(get, path = "/roles/list_roles", tag = "roles", security(("bearer" = ["roles:read"])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, description = "The roles, highest level first.", body = Vec<RoleDto>)))]
pub async fn list_roles(allow: Allow<RolesRead>, app: Service) -> Result<HttpResponse, Problem> {
    let roles = app.query(&allow, &ListRoles).await?;
    let roles: Vec<_> = roles.into_iter().map(RoleDto::from).collect();
    Ok(json(StatusCode::OK, &roles))
}

/// Returns a role.
#[utoipa::path(get, path = "/roles/{role_id}", tag = "roles", security(("bearer" = ["roles:read"])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = RoleDto)),
    extensions(("x-problems" = json!([Code::RoleNotFound]))))]
pub async fn read_role(allow: Allow<RolesRead>, path: PathId, app: Service) -> Result<HttpResponse, Problem> {
    let role = app.query(&allow, &ReadRole { id: path.role()? }).await?;
    Ok(json(StatusCode::OK, &RoleDto::from(role)))
}

/// Creates a role below the caller's own level.
#[utoipa::path(post, path = "/roles", tag = "roles", security(("bearer" = ["roles:write"])),
    request_body = CreateRoleBody,
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 201, body = RoleDto)),
    extensions(("x-problems" = json!([Code::BeyondOwnGrants, Code::TargetNotBelow, Code::RoleNameTaken,
        Code::LevelTaken]))))]
pub async fn create_role(
    allow: Allow<RolesWrite, ElseBody>,
    Body(command): Body<CreateRoleBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let role = app.run(&allow, &command).await?;
    Ok(json(StatusCode::CREATED, &RoleDto::from(role)))
}

/// Changes a role. The change takes effect for its members at once.
#[utoipa::path(put, path = "/roles/{role_id}", tag = "roles", security(("bearer" = ["roles:write"])),
    request_body = ChangeRoleBody,
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = RoleDto)),
    extensions(("x-problems" = json!([Code::RoleNotFound, Code::BeyondOwnGrants, Code::TargetNotBelow,
        Code::RoleNameTaken, Code::LevelTaken, Code::SystemRole]))))]
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
#[utoipa::path(delete, path = "/roles/{role_id}", tag = "roles", security(("bearer" = ["roles:delete"])),
    params(("role_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::RoleNotFound, Code::TargetNotBelow, Code::RoleInUse,
        Code::SystemRole]))))]
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
#[utoipa::path(post, path = "/roles/reorder", tag = "roles", security(("bearer" = ["roles:write"])),
    request_body = ReorderRolesBody,
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, description = "The roles named, highest first.", body = Vec<RoleDto>)),
    extensions(("x-problems" = json!([Code::RoleNotFound, Code::TargetNotBelow, Code::SystemRole,
        Code::NoFreeLevel]))))]
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
#[utoipa::path(post, path = "/roles/{org_id}/users/{user_id}/roles", tag = "roles",
    security(("bearer" = ["users:write"])), request_body = AssignRoleBody,
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberDto)),
    extensions(("x-problems" = json!([Code::MemberNotFound, Code::RoleNotFound, Code::TargetNotBelow,
        Code::BeyondOwnGrants, Code::LastOwner]))))]
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
    params(("org_id" = uuid::Uuid, Query),
        ("scope" = Option<values::CatalogueScope>, Query, description = "`all` lists the whole catalogue; without it the list holds what the caller may do.")),
    responses((status = 200, description = "The permissions.", body = Vec<PermissionDto>)))]
pub async fn list_permissions(member: Member, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let scope = params.parsed("scope", |text| (text == "all").then_some(CatalogueScope::All))?;
    let query = ListPermissions { scope: scope.unwrap_or(CatalogueScope::Mine) };
    let entries = app.query(&member, &query).await?;
    let entries: Vec<_> = entries.into_iter().map(PermissionDto::from).collect();
    Ok(json(StatusCode::OK, &entries))
}

/// Adds a permission to the catalogue of the organization, or to the global catalogue if a platform
/// administrator sends no `org_id`.
#[utoipa::path(post, path = "/roles/permission", tag = "roles", security(("bearer" = ["roles:write"])),
    request_body = AddPermissionBody,
    params(("org_id" = Option<uuid::Uuid>, Query)),
    responses((status = 201, body = PermissionDto),
        (status = 200, description = "The catalogue had the permission already.", body = PermissionDto)))]
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
    #[schema(value_type = String, example = "Access granted")]
    message: &'static str,
    #[schema(value_type = uuid::Uuid)]
    user_id: String,
}

/// Responds if the caller has `kb:read`. Clients use this route as a probe.
#[utoipa::path(get, path = "/api/protected", tag = "roles", security(("bearer" = ["kb:read"])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = ProtectedDto)))]
pub async fn protected(allow: Allow<KbRead>) -> Result<HttpResponse, Problem> {
    let user_id = allow.context().user.to_string();
    Ok(json(StatusCode::OK, &ProtectedDto { message: "Access granted", user_id }))
}
