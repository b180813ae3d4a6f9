//! `/auth`: changes of passwords and addresses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, post};

use crate::answer::{json, no_content};
use crate::dto::accounts::{MessageDto, VerifiedDto};
use crate::dto::passwords::{
    ChangeEmailBody, ChangePasswordBody, ConfirmEmailBody, ForgotPasswordBody, ResetPasswordBody,
};
use crate::extract::{Bearer, Body, Public, Service};
use crate::problem::{Problem, ProblemBody};
use crate::resource::resource;

const RESET_SENT: &str = "If the address belongs to an account, a mail with a link is on its way.";
const CONFIRMATION_SENT: &str = "If the address can be used, a mail with a link is on its way to it.";

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/auth/forgot-password", [post().to(forgot_password)]);
    resource(cfg, "/auth/reset-password", [post().to(reset_password)]);
    resource(cfg, "/auth/change-password", [post().to(change_password)]);
    resource(cfg, "/auth/change-email", [post().to(change_email)]);
    resource(cfg, "/auth/confirm-email", [post().to(confirm_email)]);
}

/// Mails a link to choose a new password. The response is the same for any address.
#[utoipa::path(post, path = "/auth/forgot-password", tag = "passwords", request_body = ForgotPasswordBody,
    responses((status = 200, body = MessageDto)))]
pub async fn forgot_password(
    public: Public,
    body: Body<ForgotPasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let request = body.read().await?;
    app.forgot_password(public.proof(), &request).await?;
    Ok(json(StatusCode::OK, &MessageDto { message: RESET_SENT }))
}

/// Sets a new password by a token that was mailed, or printed by `admin recover`, and ends all sessions.
#[utoipa::path(post, path = "/auth/reset-password", tag = "passwords", request_body = ResetPasswordBody,
    responses((status = 200, body = MessageDto),
        (status = 400, description = "Invalid or expired reset token", body = ProblemBody)))]
pub async fn reset_password(
    public: Public,
    body: Body<ResetPasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let request = body.read().await?;
    app.reset_password(public.proof(), &request).await?;
    Ok(json(StatusCode::OK, &MessageDto { message: "Password reset. Log in with the new one." }))
}

/// Changes the caller's password and ends all other sessions.
#[utoipa::path(post, path = "/auth/change-password", tag = "passwords", security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses((status = 204),
        (status = 401, description = "The current password is wrong", body = ProblemBody)))]
pub async fn change_password(
    bearer: Bearer,
    body: Body<ChangePasswordBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let request = body.read().await?;
    app.change_password(bearer.proof(), &request).await?;
    Ok(no_content())
}

/// Requests a new address for the caller's account. The new address must confirm; the old one is notified.
#[utoipa::path(post, path = "/auth/change-email", tag = "passwords", security(("bearer" = [])),
    request_body = ChangeEmailBody,
    responses((status = 202, body = MessageDto),
        (status = 401, description = "The password is wrong", body = ProblemBody),
        (status = 409, description = "Email is unchanged", body = ProblemBody)))]
pub async fn change_email(
    bearer: Bearer,
    body: Body<ChangeEmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let request = body.read().await?;
    app.change_email(bearer.proof(), &request).await?;
    Ok(json(StatusCode::ACCEPTED, &MessageDto { message: CONFIRMATION_SENT }))
}

/// Gives an account the address that the token was mailed to. A repeated token gets the same response.
#[utoipa::path(post, path = "/auth/confirm-email", tag = "passwords", request_body = ConfirmEmailBody,
    responses((status = 200, body = VerifiedDto),
        (status = 400, description = "Invalid or expired confirmation token", body = ProblemBody),
        (status = 409, description = "Email already registered", body = ProblemBody)))]
pub async fn confirm_email(
    public: Public,
    body: Body<ConfirmEmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let command = body.read().await?;
    let user = app.run(public.proof(), &command).await?;
    let confirmed = VerifiedDto { message: "Email changed", email: user.email, email_verified: true };
    Ok(json(StatusCode::OK, &confirmed))
}
