//! `/auth`: changes of passwords and addresses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::dto::accounts::{MessageDto, VerifiedDto};
use crate::dto::passwords::{
    ChangeEmailBody, ChangePasswordBody, ConfirmEmailBody, ForgotPasswordBody, ResetPasswordBody,
};
use crate::extract::{Bearer, Body, Public, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content};

const RESET_SENT: &str = "If the address belongs to an account, a mail with a link is on its way.";
const CONFIRMATION_SENT: &str = "If the address can be used, a mail with a link is on its way to it.";

operations![forgot_password, reset_password, change_password, change_email, confirm_email];

/// Mails a link to choose a new password. The response is the same for any address.
#[utoipa::path(post, path = "/auth/forgot-password", tag = "passwords",
    request_body = ForgotPasswordBody,
    responses((status = 200, body = MessageDto)),
    extensions(("x-problems" = json!([Code::RateLimited]))))]
pub async fn forgot_password(
    public: Public,
    Body(request): Body<ForgotPasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.forgot_password(&public, &request).await?;
    Ok(json(StatusCode::OK, &MessageDto { message: RESET_SENT }))
}

/// Sets a new password by a token that was mailed, or printed by `admin recover`, and ends all sessions.
#[utoipa::path(post, path = "/auth/reset-password", tag = "passwords", request_body = ResetPasswordBody,
    responses((status = 200, body = MessageDto)),
    extensions(("x-problems" = json!([Code::InvalidResetToken, Code::RateLimited]))))]
pub async fn reset_password(
    public: Public,
    Body(request): Body<ResetPasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.reset_password(&public, &request).await?;
    Ok(json(StatusCode::OK, &MessageDto { message: "Password reset. Log in with the new one." }))
}

/// Changes the caller's password and ends all other sessions.
#[utoipa::path(post, path = "/auth/change-password", tag = "passwords", security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::BadCredentials, Code::RateLimited]))))]
pub async fn change_password(
    bearer: Bearer,
    Body(request): Body<ChangePasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.change_password(&bearer, &request).await?;
    Ok(no_content())
}

/// Requests a new address for the caller's account. The new address must confirm; the old one is notified.
#[utoipa::path(post, path = "/auth/change-email", tag = "passwords", security(("bearer" = [])),
    request_body = ChangeEmailBody,
    responses((status = 202, body = MessageDto)),
    extensions(("x-problems" = json!([Code::BadCredentials, Code::EmailUnchanged, Code::RateLimited]))))]
pub async fn change_email(
    bearer: Bearer,
    Body(request): Body<ChangeEmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.change_email(&bearer, &request).await?;
    Ok(json(StatusCode::ACCEPTED, &MessageDto { message: CONFIRMATION_SENT }))
}

/// Gives an account the address that the token was mailed to. A repeated token gets the same response.
#[utoipa::path(post, path = "/auth/confirm-email", tag = "passwords", request_body = ConfirmEmailBody,
    responses((status = 200, body = VerifiedDto)),
    extensions(("x-problems" = json!([Code::InvalidConfirmationToken, Code::EmailTaken]))))]
pub async fn confirm_email(
    public: Public,
    Body(command): Body<ConfirmEmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = app.run(&public, &command).await?;
    let confirmed = VerifiedDto { message: "Email changed", email: user.email, email_verified: true };
    Ok(json(StatusCode::OK, &confirmed))
}
