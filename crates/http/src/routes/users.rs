//! `/users` and `/setup`: administration of accounts, and setup of the first administrator.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::accounts::{
    ActivateUser, DeactivateUser, DeleteUser, RequireNotSetUp, RequireRightToDelete,
};

use crate::dto::accounts::UserDto;
use crate::dto::passwords::SetUpBody;
use crate::extract::{Bearer, Body, NoBody, PathId, Platform, Public, Service, Unread};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content};

operations![delete_user, activate_user, deactivate_user, set_up];

/// Deletes an account permanently. Requires an administrator of the platform, or a caller who may
/// remove the user from every organization of the user.
#[utoipa::path(delete, path = "/users/{user_id}", tag = "users", security(("bearer" = [])),
    params(("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::PermissionRequired, Code::TargetNotBelow, Code::UserNotFound,
        Code::LastOwner, Code::StillReferenced]))))]
pub async fn delete_user(
    bearer: Bearer,
    path: PathId,
    body: Unread<NoBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = path.user();
    app.query(&bearer, &RequireRightToDelete { user: user.as_ref().ok().copied() }).await?;
    body.read().await?;
    app.run(&bearer, &DeleteUser { user: user? }).await?;
    Ok(no_content())
}

/// Activates a deactivated account and the organizations that were archived with it.
#[utoipa::path(post, path = "/users/{user_id}/activate", tag = "users",
    security(("bearer" = ["platform_admin"])),
    params(("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::UserNotFound]))))]
pub async fn activate_user(
    platform: Platform,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&platform, &ActivateUser { user: path.user()? }).await?;
    Ok(no_content())
}

/// Deactivates another user's account, by the rules of `DELETE /auth/me`.
#[utoipa::path(post, path = "/users/{user_id}/deactivate", tag = "users",
    security(("bearer" = ["platform_admin"])),
    params(("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::UserNotFound, Code::OwnAccount, Code::LastOwner]))))]
pub async fn deactivate_user(
    platform: Platform,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&platform, &DeactivateUser { user: path.user()? }).await?;
    Ok(no_content())
}

/// Creates the first administrator of the platform with the token of the link that the service printed
/// when it started.
#[utoipa::path(post, path = "/setup", tag = "service", request_body = SetUpBody,
    responses((status = 201, body = UserDto)),
    extensions(("x-problems" = json!([Code::InvalidSetupToken, Code::NotFound, Code::EmailTaken,
        Code::RateLimited]))))]
pub async fn set_up(
    public: Public,
    body: Unread<Body<SetUpBody>>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.query(&public, &RequireNotSetUp).await?;
    let Body(request) = body.read().await?;
    let user = app.set_up(&public, &request).await?;
    Ok(json(StatusCode::CREATED, &UserDto::from(user)))
}
