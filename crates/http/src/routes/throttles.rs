//! `/users/{user_id}`: exemptions from the rate limits of logins.

use actix_web::HttpResponse;
use bailiwick_app::accounts::{ExemptUser, UnlockUser};

use crate::dto::throttles::RateLimitBypassBody;
use crate::extract::{Body, NoBody, PathId, Platform, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::no_content;

operations![unlock_user, exempt_user];

/// Resets the count of failed logins of an account, so that its next login is not delayed.
#[utoipa::path(post, path = "/users/{user_id}/unlock", tag = "users",
    security(("bearer" = ["platform_admin"])),
    params(("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::UserNotFound]))))]
pub async fn unlock_user(
    platform: Platform,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&platform, &UnlockUser { user: path.user()? }).await?;
    Ok(no_content())
}

/// Exempts the logins of an account from the rate limits for `seconds`.
#[utoipa::path(post, path = "/users/{user_id}/rate-limit-bypass", tag = "users",
    security(("bearer" = ["platform_admin"])), request_body = RateLimitBypassBody,
    params(("user_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::UserNotFound]))))]
pub async fn exempt_user(
    platform: Platform,
    path: PathId,
    Body(span): Body<RateLimitBypassBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&platform, &ExemptUser { user: path.user()?, span }).await?;
    Ok(no_content())
}
