//! `/auth` and `/users/me`: sign-up, login and the caller's account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::accounts::{DeactivateMe, Me, SignedUp};

use crate::dto::accounts::{
    EmailBody, LogInBody, MessageDto, RenameBody, SignUpBody, SignedUpDto, TokensDto, UserDto, VerifiedDto,
    VerifyEmailBody,
};
use crate::dto::me::{AuthorityDto, MeAndAuthorityDto, MyAccountDto};
use crate::extract::{Bearer, Body, MaybeMember, NoBody, Public, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, secret_json};

const MAIL_SENT: &str = "If the address can be verified, a mail with a link is on its way.";

operations![
    sign_up,
    log_in,
    verify_email,
    resend_verification,
    me,
    rename_me,
    deactivate_me,
    me_in_organization,
];

/// Creates an account and an organization that it owns.
#[utoipa::path(post, path = "/auth/signup", tag = "accounts", request_body = SignUpBody,
    responses((status = 201, body = SignedUpDto),
        (status = 202, description = "Verification is required: open the link in the mail.", body = MessageDto)),
    extensions(("x-problems" = json!([Code::EmailTaken, Code::RateLimited]))))]
pub async fn sign_up(
    public: Public,
    Body(request): Body<SignUpBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    Ok(match app.sign_up(&public, &request).await? {
        SignedUp::Created(user, org) => json(StatusCode::CREATED, &SignedUpDto::new(*user, *org)),
        SignedUp::MailSent => json(StatusCode::ACCEPTED, &MessageDto { message: MAIL_SENT }),
    })
}

/// Starts a session and returns its tokens.
#[utoipa::path(post, path = "/auth/login", tag = "accounts", request_body = LogInBody,
    responses((status = 200, body = TokensDto)),
    extensions(("x-problems" = json!([Code::BadCredentials, Code::AccountDeactivated,
        Code::EmailNotVerified, Code::RateLimited]))))]
pub async fn log_in(
    public: Public,
    Body(request): Body<LogInBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let login = app.log_in(&public, &request).await?;
    Ok(secret_json(StatusCode::OK, &TokensDto::from(login)))
}

/// Verifies an address with a token that was mailed to it. A used or replaced token gets the same response.
#[utoipa::path(post, path = "/auth/verify-email", tag = "accounts", request_body = VerifyEmailBody,
    responses((status = 200, body = VerifiedDto)),
    extensions(("x-problems" = json!([Code::InvalidVerificationToken]))))]
pub async fn verify_email(
    public: Public,
    Body(command): Body<VerifyEmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let user = app.run(&public, &command).await?;
    let verified = VerifiedDto { message: "Email verified", email: user.email, email_verified: true };
    Ok(json(StatusCode::OK, &verified))
}

/// Sends the verification link again. The response is the same for any address.
#[utoipa::path(post, path = "/auth/resend-verification", tag = "accounts", request_body = EmailBody,
    responses((status = 200, body = MessageDto)),
    extensions(("x-problems" = json!([Code::RateLimited]))))]
pub async fn resend_verification(
    public: Public,
    Body(request): Body<EmailBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.resend_verification(&public, &request).await?;
    Ok(json(StatusCode::OK, &MessageDto { message: MAIL_SENT }))
}

/// Returns the caller's account.
#[utoipa::path(get, path = "/auth/me", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, body = MyAccountDto)))]
pub async fn me(bearer: Bearer, app: Service) -> Result<HttpResponse, Problem> {
    let profile = app.query(&bearer, &Me).await?;
    Ok(json(StatusCode::OK, &MyAccountDto::from(profile)))
}

/// Changes the name or the language of the caller's account.
#[utoipa::path(put, path = "/auth/me", tag = "accounts", security(("bearer" = [])),
    request_body = RenameBody,
    responses((status = 200, body = MyAccountDto)))]
pub async fn rename_me(
    bearer: Bearer,
    Body(command): Body<RenameBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let profile = app.run(&bearer, &command).await?;
    Ok(json(StatusCode::OK, &MyAccountDto::from(profile)))
}

/// Deactivates the caller's account.
#[utoipa::path(delete, path = "/auth/me", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, body = UserDto)),
    extensions(("x-problems" = json!([Code::LastOwner]))))]
pub async fn deactivate_me(bearer: Bearer, _: NoBody, app: Service) -> Result<HttpResponse, Problem> {
    let user = app.run(&bearer, &DeactivateMe).await?;
    Ok(json(StatusCode::OK, &UserDto::from(user)))
}

/// Returns the caller's account and, if the query names an organization, the authority in it.
#[utoipa::path(get, path = "/users/me", tag = "accounts", security(("bearer" = [])),
    params(
        ("org_id" = Option<uuid::Uuid>, Query, description = "Adds the role and the permissions in this organization.")),
    responses((status = 200, body = MeAndAuthorityDto)))]
pub async fn me_in_organization(caller: MaybeMember, app: Service) -> Result<HttpResponse, Problem> {
    let profile = app.query(&caller.account, &Me).await?;
    let authority = caller.member.as_ref().map(|member| AuthorityDto::from(member.context()));
    Ok(json(StatusCode::OK, &MeAndAuthorityDto::new(profile, authority)))
}
