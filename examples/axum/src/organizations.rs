//! Organizations: create, members, roles, invitations, and why a caller may not act.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use bailiwick::app::PageText;
use bailiwick::app::authority::permission::{InvitationsWrite, RolesRead, UsersRead, UsersWrite};
use bailiwick::app::authz::Explain;
use bailiwick::app::invitations::{AcceptInvitation, Invite};
use bailiwick::app::organizations::{CreateOrganization, ListMembers};
use bailiwick::app::roles::{AssignRole, ListRoles};
use bailiwick::app::{MemberFilter, ports::MemberRecord};
use bailiwick::kernel::{ClaimedToken, DisplayName, Email, OrgId, RoleId, UserId};
use bailiwick::rbac::Permission;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bridge::{Body, Caller, Refusal, invalid};

#[derive(Deserialize)]
pub struct NewOrganization {
    name: String,
}

pub async fn create(
    caller: Caller,
    Body(new): Body<NewOrganization>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let name = DisplayName::parse(&new.name).map_err(|error| invalid("/name", error))?;
    let command = CreateOrganization { name, slug: None };
    let org = caller.app.run(&caller.account().await?, &command).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": org.id, "name": org.name, "slug": org.slug }))))
}

/// The first page of the members; `next_cursor` as `PageText::cursor` gives the next.
pub async fn members(caller: Caller, Path(org): Path<OrgId>) -> Result<Json<Value>, Refusal> {
    let allow = caller.holds(org, UsersRead).await?;
    let query = ListMembers { filter: MemberFilter::default(), page: PageText::default() };
    let listing = caller.app.query(&allow, &query).await?;
    let items = listing.items.iter().map(member).collect::<Vec<_>>();
    Ok(Json(json!({ "items": items, "next_cursor": listing.next_cursor })))
}

pub async fn roles(caller: Caller, Path(org): Path<OrgId>) -> Result<Json<Value>, Refusal> {
    let allow = caller.holds(org, RolesRead).await?;
    let roles = caller.app.query(&allow, &ListRoles).await?;
    Ok(Json(roles.iter().map(|role| json!({ "id": role.id, "name": role.name })).collect()))
}

#[derive(Deserialize)]
pub struct ChosenRole {
    role_id: RoleId,
}

pub async fn assign_role(
    caller: Caller,
    Path((org, user)): Path<(OrgId, UserId)>,
    Body(chosen): Body<ChosenRole>,
) -> Result<Json<Value>, Refusal> {
    let allow = caller.holds(org, UsersWrite).await?;
    let command = AssignRole { user, role: chosen.role_id };
    Ok(Json(member(&caller.app.run(&allow, &command).await?)))
}

#[derive(Deserialize)]
pub struct NewInvitation {
    email: String,
    role_id: RoleId,
    message: Option<String>,
}

pub async fn invite(
    caller: Caller,
    Path(org): Path<OrgId>,
    Body(new): Body<NewInvitation>,
) -> Result<Json<Value>, Refusal> {
    let allow = caller.holds(org, InvitationsWrite).await?;
    let email = Email::parse(&new.email).map_err(|error| invalid("/email", error))?;
    let command = Invite { email, role: new.role_id, message: new.message };
    let sent = caller.app.run(&allow, &command).await?;
    Ok(Json(json!({ "id": sent.invitation.id, "email": sent.invitation.email, "status": sent.status })))
}

#[derive(Deserialize)]
pub struct MailedToken {
    token: String,
}

/// Accepts with the token of the mail, which the page at `PUBLIC_URL/accept-invitation` gets in its fragment.
pub async fn accept(caller: Caller, Body(mailed): Body<MailedToken>) -> Result<Json<Value>, Refusal> {
    let command = AcceptInvitation { token: ClaimedToken::new(mailed.token) };
    Ok(Json(member(&caller.app.run(&caller.account().await?, &command).await?)))
}

/// Explains whether the caller has the permission, and by which grant, or what its role has that is near.
pub async fn why(
    caller: Caller,
    Path((org, permission)): Path<(OrgId, String)>,
) -> Result<Json<Value>, Refusal> {
    let permission = Permission::parse(&permission).map_err(|error| invalid("/permission", error))?;
    let proof = caller.app.authority().member(caller.actor(), org).await?;
    let explained = caller.app.query(&proof, &Explain { user: None, permission }).await?;
    let role = explained.role.as_ref();
    let near = role.map(|held| held.nearest.iter().map(ToString::to_string).collect::<Vec<_>>());
    Ok(Json(json!({
        "permission": explained.permission.to_string(),
        "allowed": explained.allowed,
        "role": role.map(|held| &held.role.name),
        "grant": role.and_then(|held| held.grant.as_ref()).map(ToString::to_string),
        "nearest": near,
    })))
}

fn member(record: &MemberRecord) -> Value {
    json!({
        "user_id": record.user.id,
        "email": record.user.email,
        "status": record.membership.status,
        "role": record.role.as_ref().map(|role| &role.name),
    })
}
