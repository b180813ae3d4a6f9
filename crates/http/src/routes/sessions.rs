//! `/auth`: renewal, listing and end of sessions.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::accounts::{EndSession, LogOut, LogOutEverywhere, MySessions};

use crate::dto::accounts::TokensDto;
use crate::dto::lists::PageDto;
use crate::dto::sessions::{RefreshBody, SessionDto};
use crate::extract::{Bearer, Body, NoBody, Params, PathId, Public, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::{json, no_content, secret_json};

operations![refresh, log_out, log_out_everywhere, my_sessions, end_session];

/// Exchanges a refresh token, which works once, for new tokens of the same session.
#[utoipa::path(post, path = "/auth/refresh", tag = "sessions", request_body = RefreshBody,
    responses((status = 200, body = TokensDto)),
    extensions(("x-problems" = json!([Code::InvalidRefreshToken, Code::RateLimited]))))]
pub async fn refresh(
    public: Public,
    Body(request): Body<RefreshBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let login = app.refresh(&public, &request).await?;
    Ok(secret_json(StatusCode::OK, &TokensDto::from(login)))
}

/// Ends the session of the request.
#[utoipa::path(post, path = "/auth/logout", tag = "sessions", security(("bearer" = [])),
    responses((status = 204)))]
pub async fn log_out(bearer: Bearer, _: NoBody, app: Service) -> Result<HttpResponse, Problem> {
    app.run(&bearer, &LogOut).await?;
    Ok(no_content())
}

/// Ends all sessions of the caller.
#[utoipa::path(post, path = "/auth/logout-all", tag = "sessions", security(("bearer" = [])),
    responses((status = 204)))]
pub async fn log_out_everywhere(bearer: Bearer, _: NoBody, app: Service) -> Result<HttpResponse, Problem> {
    app.run(&bearer, &LogOutEverywhere).await?;
    Ok(no_content())
}

/// Lists the active sessions of the caller.
#[utoipa::path(get, path = "/auth/sessions", tag = "sessions", security(("bearer" = [])),
    params(("limit" = Option<u8>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = PageDto<SessionDto>)))]
pub async fn my_sessions(bearer: Bearer, params: Params, app: Service) -> Result<HttpResponse, Problem> {
    let listing = app.query(&bearer, &MySessions { page: params.page() }).await?;
    Ok(json(StatusCode::OK, &PageDto::<SessionDto>::from_listing(listing)))
}

/// Ends a session of the caller.
#[utoipa::path(delete, path = "/auth/sessions/{session_id}", tag = "sessions", security(("bearer" = [])),
    params(("session_id" = uuid::Uuid, Path)),
    responses((status = 204)),
    extensions(("x-problems" = json!([Code::SessionNotFound]))))]
pub async fn end_session(
    bearer: Bearer,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.run(&bearer, &EndSession { id: path.session()? }).await?;
    Ok(no_content())
}
