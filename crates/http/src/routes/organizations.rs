//! `/organizations`: organizations and their members.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::MemberFilter;
use bailiwick_app::authority::permission::{
    OrgDelete, OrgRead, OrgWrite, UsersDelete, UsersRead, UsersWrite,
};
use bailiwick_app::organizations::{
    ChangeMemberStatus, DeleteOrganization, Leave, ListMembers, MyOrganizations, ReadMember,
    ReadOrganization, RemoveMember,
};
use bailiwick_kernel::RoleId;
use bailiwick_orgs::MembershipStatus;

use crate::dto::lists::PageDto;
use crate::dto::organizations::{
    ChangeOrganizationBody, CreateOrganizationBody, MemberDetailDto, MemberDto, MemberStatusBody,
    OrganizationDto, OrganizationWithRoleDto, TransferBody,
};
use crate::dto::values;
use crate::extract::{Allow, Bearer, Body, Member, NoBody, Owner, Params, PathId, Service, Unread};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content};

operations![
    my_organizations,
    create_organization,
    read_organization,
    change_organization,
    delete_organization,
    list_members,
    read_member,
    change_member,
    remove_member,
    leave_organization,
    transfer_ownership,
];

/// Lists the organizations in which the caller is an active member, with the role in each.
#[utoipa::path(get, path = "/organizations", tag = "organizations", security(("bearer" = [])),
    params(("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<OrganizationWithRoleDto>)))]
pub async fn my_organizations(bearer: Bearer, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let listing = app.query(&bearer, &MyOrganizations { page: params.page() }).await?;
    Ok(json(StatusCode::OK, &PageDto::<OrganizationWithRoleDto>::from_listing(listing)))
}

/// Creates an organization that the caller owns.
#[utoipa::path(post, path = "/organizations", tag = "organizations", security(("bearer" = [])),
    request_body = CreateOrganizationBody,
    responses((status = 201, body = OrganizationDto)),
    extensions(("x-problems" = json!([Code::SlugTaken, Code::RateLimited]))))]
pub async fn create_organization(
    bearer: Bearer,
    Body(command): Body<CreateOrganizationBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let org = app.run(&bearer, &command).await?;
    Ok(json(StatusCode::CREATED, &OrganizationDto::from(org)))
}

/// Returns the organization.
#[utoipa::path(get, path = "/organizations/{org_id}", tag = "organizations",
    security(("bearer" = ["org:read"])),
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, body = OrganizationDto)))]
pub async fn read_organization(allow: Allow<OrgRead>, app: Service) -> Result<HttpResponse, Problem> {
    let org = app.query(&allow, &ReadOrganization).await?;
    Ok(json(StatusCode::OK, &OrganizationDto::from(org)))
}

/// Changes the name and the slug of the organization.
#[utoipa::path(patch, path = "/organizations/{org_id}", tag = "organizations",
    security(("bearer" = ["org:write"])), request_body = ChangeOrganizationBody,
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, body = OrganizationDto)),
    extensions(("x-problems" = json!([Code::SlugTaken]))))]
pub async fn change_organization(
    allow: Allow<OrgWrite>,
    Body(command): Body<ChangeOrganizationBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let org = app.run(&allow, &command).await?;
    Ok(json(StatusCode::OK, &OrganizationDto::from(org)))
}

/// Deletes the organization with everything in it. Requires an owner.
#[utoipa::path(delete, path = "/organizations/{org_id}", tag = "organizations",
    security(("bearer" = ["org:delete", "owner"])),
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::StillReferenced]))))]
pub async fn delete_organization(
    allow: Allow<OrgDelete>,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&allow, &DeleteOrganization).await?;
    Ok(no_content())
}

/// Lists the members of the organization.
#[utoipa::path(get, path = "/organizations/{org_id}/users", tag = "members",
    security(("bearer" = ["users:read"])),
    params(("org_id" = uuid::Uuid, Path), ("search" = Option<String>, Query),
        ("status" = Option<values::MembershipStatus>, Query, description = "The status of the memberships."),
        ("role_id" = Option<uuid::Uuid>, Query), ("limit" = Option<u8>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<MemberDto>)))]
pub async fn list_members(
    allow: Allow<UsersRead>,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let query = ListMembers { filter: member_filter(&params)?, page: params.page() };
    let listing = app.query(&allow, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<MemberDto>::from_listing(listing)))
}

fn member_filter(params: &Params) -> Result<MemberFilter, Problem> {
    Ok(MemberFilter {
        search: params.search(),
        statuses: params.parsed("status", MembershipStatus::parse)?.map(|status| vec![status]),
        accounts: None,
        roles: params.parsed("role_id", RoleId::parse)?.map(|role| vec![role]),
    })
}

/// Returns the caller's membership or, with `users:read`, that of another member.
#[utoipa::path(get, path = "/organizations/{org_id}/users/{user_id}", tag = "members",
    security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberDetailDto)),
    extensions(("x-problems" = json!([Code::PermissionRequired, Code::MemberNotFound]))))]
pub async fn read_member(member: Member, path: PathId, app: Service) -> Result<HttpResponse, Problem> {
    let found = app.query(&member, &ReadMember { user: path.member()? }).await?;
    Ok(json(StatusCode::OK, &MemberDetailDto::from(found)))
}

/// Suspends or restores a membership.
#[utoipa::path(patch, path = "/organizations/{org_id}/users/{user_id}", tag = "members",
    security(("bearer" = ["users:write"])), request_body = MemberStatusBody,
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberDto)),
    extensions(("x-problems" = json!([Code::MemberNotFound, Code::TargetNotBelow, Code::LastOwner]))))]
pub async fn change_member(
    allow: Allow<UsersWrite>,
    path: PathId,
    body: Unread<Body<MemberStatusBody>>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = path.member()?;
    let Body(change) = body.read().await?;
    let member = app.run(&allow, &ChangeMemberStatus { user, change }).await?;
    Ok(json(StatusCode::OK, &MemberDto::from(member)))
}

/// Removes a member from the organization.
#[utoipa::path(delete, path = "/organizations/{org_id}/users/{user_id}", tag = "members",
    security(("bearer" = ["users:delete"])),
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::MemberNotFound, Code::TargetNotBelow, Code::LastOwner]))))]
pub async fn remove_member(
    allow: Allow<UsersDelete>,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&allow, &RemoveMember { user: path.member()? }).await?;
    Ok(no_content())
}

/// Ends the caller's membership.
#[utoipa::path(post, path = "/organizations/{org_id}/leave", tag = "members", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::LastOwner]))))]
pub async fn leave_organization(member: Member, _: NoBody, app: Service) -> Result<HttpResponse, Problem> {
    app.run(&member, &Leave).await?;
    Ok(no_content())
}

/// Makes another active member the owner, and the caller an admin.
#[utoipa::path(post, path = "/organizations/{org_id}/transfer-ownership", tag = "members",
    security(("bearer" = ["owner"])), request_body = TransferBody,
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberDto)),
    extensions(("x-problems" = json!([Code::MemberNotFound]))))]
pub async fn transfer_ownership(
    owner: Owner,
    Body(command): Body<TransferBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let member = app.run(&owner, &command).await?;
    Ok(json(StatusCode::OK, &MemberDto::from(member)))
}
