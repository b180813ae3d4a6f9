//! `/platform`: all accounts, all organizations and the outbox, for administrators of the platform.
//! The audit trail of the platform is in `audit`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::platform::{ListAllOrganizations, ListMail, ListUsers, SendMail};

use crate::dto::accounts::MessageDto;
use crate::dto::lists::PageDto;
use crate::dto::platform::{
    MailDto, PlatformOrganizationDto, PlatformUserDto, mail_filter, org_filter, user_filter,
};
use crate::dto::values;
use crate::extract::{NoBody, Params, PathId, Platform, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::json;

const MAIL_DUE: &str = "The mail is being sent. GET /platform/outbox shows the result.";

operations![list_users, list_organizations, list_outbox, send_mail];

/// Lists all accounts. `search` is a part of an address or a name; `status` is `active`,
/// `inactive` or `pending`.
#[utoipa::path(get, path = "/platform/users", tag = "platform",
    security(("bearer" = ["platform_admin"])),
    params(("search" = Option<String>, Query),
        ("status" = Option<values::UserStatus>, Query, description = "The status of the accounts."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<PlatformUserDto>)))]
pub async fn list_users(platform: Platform, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let query = ListUsers { filter: user_filter(&params)?, page: params.page() };
    let listing = app.query(&platform, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<PlatformUserDto>::from_listing(listing)))
}

/// Lists all organizations. `search` is a part of a name or a slug.
#[utoipa::path(get, path = "/platform/organizations", tag = "platform",
    security(("bearer" = ["platform_admin"])),
    params(("search" = Option<String>, Query), ("limit" = Option<u8>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<PlatformOrganizationDto>)))]
pub async fn list_organizations(
    platform: Platform,
    params: Params,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let query = ListAllOrganizations { filter: org_filter(&params), page: params.page() };
    let listing = app.query(&platform, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<PlatformOrganizationDto>::from_listing(listing)))
}

/// Lists the waiting, recently sent and failed mails without their content, newest first. `search` is
/// a part of the recipient's address; `status` is `waiting`, `sent` or `failed`.
#[utoipa::path(get, path = "/platform/outbox", tag = "platform",
    security(("bearer" = ["platform_admin"])),
    params(("search" = Option<String>, Query),
        ("status" = Option<values::MailStatus>, Query, description = "The status of the mails."),
        ("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<MailDto>)))]
pub async fn list_outbox(platform: Platform, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let query = ListMail { filter: mail_filter(&params)?, page: params.page() };
    let listing = app.query(&platform, &query).await?;
    Ok(json(StatusCode::OK, &PageDto::<MailDto>::from_listing(listing)))
}

/// Sends an unsent mail at once, including a mail that has failed.
#[utoipa::path(post, path = "/platform/outbox/{mail_id}/send", tag = "platform",
    security(("bearer" = ["platform_admin"])),
    params(("mail_id" = uuid::Uuid, Path)),
    responses((status = 202, body = MessageDto)),
    extensions(("x-problems" = json!([Code::MailNotFound]))))]
pub async fn send_mail(
    platform: Platform,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&platform, &SendMail { mail: path.mail()? }).await?;
    Ok(json(StatusCode::ACCEPTED, &MessageDto { message: MAIL_DUE }))
}
