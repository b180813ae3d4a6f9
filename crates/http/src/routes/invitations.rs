//! `/auth/invite`, `/auth/signup-invite`, `/auth/invitations` and `/invitations`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::authority::permission::{InvitationsDelete, InvitationsRead, InvitationsWrite};
use bailiwick_app::invitations::{
    AcceptReceivedInvitation, DeclineReceivedInvitation, ListInvitations, ListReceivedInvitations,
    PreviewInvitation, ReadInvitation, RevokeInvitation,
};
use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::ClaimedToken;

use crate::dto::accounts::UserDto;
use crate::dto::invitations::{
    AcceptBody, BulkInviteBody, BulkResultsDto, BulkRow, DeclineBody, InvitationDto, InvitationPreviewDto,
    InviteBody, SignUpByInvitationBody,
};
use crate::dto::lists::PageDto;
use crate::dto::organizations::MemberDto;
use crate::dto::values;
use crate::extract::{
    Allow, AlsoBody, Bearer, Body, ElseBody, NoBody, Params, PathId, Public, Service, VerifiedBearer,
};
use crate::operation::operations;
use crate::prefix::Prefix;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content};

operations![
    invite,
    preview_invitation,
    sign_up_by_invitation,
    list_received_invitations,
    accept_received_invitation,
    decline_received_invitation,
    list_invitations,
    accept_invitation,
    decline_invitation,
    invite_many,
    read_invitation,
    revoke_invitation,
    resend_invitation,
];

/// Invites an address to the organization. Inviting it again replaces the pending invitation.
#[utoipa::path(post, path = "/auth/invite", tag = "invitations",
    security(("bearer" = ["invitations:write"])), request_body = InviteBody,
    params(("org_id" = Option<uuid::Uuid>, Query)),
    responses((status = 200, body = InvitationDto)),
    extensions(("x-problems" = json!([Code::RoleNotFound, Code::AlreadyMember, Code::TargetNotBelow,
        Code::BeyondOwnGrants, Code::RateLimited]))))]
pub async fn invite(
    allow: Allow<InvitationsWrite, AlsoBody>,
    Body(command): Body<InviteBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let invitation = app.run(&allow, &command).await?;
    Ok(json(StatusCode::OK, &InvitationDto::from(invitation)))
}

/// Invites up to 100 addresses. Each row has a result of its own.
#[utoipa::path(post, path = "/invitations/bulk", tag = "invitations",
    security(("bearer" = ["invitations:write"])), request_body = BulkInviteBody,
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = BulkResultsDto)))]
pub async fn invite_many(
    allow: Allow<InvitationsWrite, ElseBody>,
    Body(rows): Body<BulkInviteBody>,
    prefix: Prefix,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let outcomes = app.invite_many(&allow, &BulkRow::commands(&rows)).await;
    Ok(json(StatusCode::OK, &BulkRow::results(rows, outcomes, &prefix)))
}

/// Returns the invitation of a token. Reading does not use up the token.
#[utoipa::path(get, path = "/auth/signup-invite", tag = "invitations",
    params(("token" = String, Query, description = "The token of the invitation, from its mail.")),
    responses((status = 200, body = InvitationPreviewDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined]))))]
pub async fn preview_invitation(
    public: Public,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let query = PreviewInvitation { token: ClaimedToken::new(params.text("token").unwrap_or_default()) };
    let preview = app.query(&public, &query).await?;
    Ok(json(StatusCode::OK, &InvitationPreviewDto::from(preview)))
}

/// Creates an account by an invitation and makes it a member of the organization.
#[utoipa::path(post, path = "/auth/signup-invite", tag = "invitations",
    request_body = SignUpByInvitationBody,
    responses((status = 201, body = UserDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined, Code::EmailMismatch,
        Code::EmailTaken, Code::InviterLostRight, Code::RateLimited]))))]
pub async fn sign_up_by_invitation(
    public: Public,
    Body(request): Body<SignUpByInvitationBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = app.sign_up_by_invitation(&public, &request).await?;
    Ok(json(StatusCode::CREATED, &UserDto::from(user)))
}

/// Accepts an invitation that was mailed to the caller's address.
#[utoipa::path(post, path = "/invitations/accept", tag = "invitations", security(("bearer" = [])),
    request_body = AcceptBody,
    responses((status = 200, body = MemberDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined, Code::EmailMismatch,
        Code::AlreadyMember, Code::InviterLostRight, Code::RateLimited]))))]
pub async fn accept_invitation(
    bearer: Bearer,
    Body(command): Body<AcceptBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let member = app.run(&bearer, &command).await?;
    Ok(json(StatusCode::OK, &MemberDto::from(member)))
}

/// Declines an invitation by its token.
#[utoipa::path(post, path = "/invitations/decline", tag = "invitations", request_body = DeclineBody,
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined]))))]
pub async fn decline_invitation(
    public: Public,
    Body(command): Body<DeclineBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&public, &command).await?;
    Ok(no_content())
}

/// Lists the pending invitations to the caller's address, oldest first.
#[utoipa::path(get, path = "/auth/invitations", tag = "invitations", security(("bearer" = [])),
    responses((status = 200, description = "The invitations, oldest first.", body = Vec<InvitationDto>)),
    extensions(("x-problems" = json!([Code::EmailNotVerified]))))]
pub async fn list_received_invitations(bearer: Bearer, app: Service) -> Result<HttpResponse, Problem> {
    let invitations = app.query(&bearer, &ListReceivedInvitations).await?;
    let invitations: Vec<_> = invitations.into_iter().map(InvitationDto::from).collect();
    Ok(json(StatusCode::OK, &invitations))
}

/// Accepts an invitation to the caller's verified address.
#[utoipa::path(post, path = "/auth/invitations/{invitation_id}/accept", tag = "invitations",
    security(("bearer" = [])),
    params(("invitation_id" = uuid::Uuid, Path)),
    responses((status = 200, body = MemberDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined, Code::EmailNotVerified,
        Code::AlreadyMember, Code::InviterLostRight, Code::RateLimited]))))]
pub async fn accept_received_invitation(
    bearer: VerifiedBearer,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let command = AcceptReceivedInvitation { id: path.invitation()? };
    let member = app.run(&bearer, &command).await?;
    Ok(json(StatusCode::OK, &MemberDto::from(member)))
}

/// Declines an invitation to the caller's verified address.
#[utoipa::path(post, path = "/auth/invitations/{invitation_id}/decline", tag = "invitations",
    security(("bearer" = [])),
    params(("invitation_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationUsed,
        Code::InvitationExpired, Code::InvitationRevoked, Code::InvitationDeclined, Code::EmailNotVerified]))))]
pub async fn decline_received_invitation(
    bearer: VerifiedBearer,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&bearer, &DeclineReceivedInvitation { id: path.invitation()? }).await?;
    Ok(no_content())
}

/// Lists the invitations of the organization.
#[utoipa::path(get, path = "/invitations", tag = "invitations",
    security(("bearer" = ["invitations:read"])),
    params(("org_id" = uuid::Uuid, Query),
        ("status" = Option<values::InvitationStatus>, Query, description = "The status of the invitations."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<InvitationDto>)))]
pub async fn list_invitations(
    allow: Allow<InvitationsRead>,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let status = params.parsed("status", InvitationStatus::parse)?;
    let listing = app.query(&allow, &ListInvitations { status, page: params.page() }).await?;
    Ok(json(StatusCode::OK, &PageDto::<InvitationDto>::from_listing(listing)))
}

/// Returns an invitation.
#[utoipa::path(get, path = "/invitations/{invitation_id}", tag = "invitations",
    security(("bearer" = ["invitations:read"])),
    params(("invitation_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = InvitationDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound]))))]
pub async fn read_invitation(
    allow: Allow<InvitationsRead>,
    path: PathId,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let invitation = app.query(&allow, &ReadInvitation { id: path.invitation()? }).await?;
    Ok(json(StatusCode::OK, &InvitationDto::from(invitation)))
}

/// Replaces an invitation by a new one with a new id and token, and mails it.
#[utoipa::path(post, path = "/invitations/{invitation_id}/resend", tag = "invitations",
    security(("bearer" = ["invitations:write"])),
    params(("invitation_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = InvitationDto)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationNotPending,
        Code::AlreadyMember, Code::TargetNotBelow, Code::BeyondOwnGrants,
        Code::RateLimited]))))]
pub async fn resend_invitation(
    allow: Allow<InvitationsWrite, ElseBody>,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let invitation = app.resend_invitation(&allow, path.invitation()?).await?;
    Ok(json(StatusCode::OK, &InvitationDto::from(invitation)))
}

/// Revokes an invitation.
#[utoipa::path(delete, path = "/invitations/{invitation_id}", tag = "invitations",
    security(("bearer" = ["invitations:delete"])),
    params(("invitation_id" = uuid::Uuid, Path), ("org_id" = uuid::Uuid, Query)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::InvitationNotFound, Code::InvitationNotPending,
        Code::TargetNotBelow]))))]
pub async fn revoke_invitation(
    allow: Allow<InvitationsDelete, ElseBody>,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&allow, &RevokeInvitation { id: path.invitation()? }).await?;
    Ok(no_content())
}
