//! `/ws/ticket` and `/events`: tickets for sockets, and events to publish.

use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse};
use bailiwick_app::Actor;
use bailiwick_app::authority::permission::{EventsPublish, WsConnect};
use bailiwick_app::sockets::IssueTicket;

use crate::answer::secret_json;
use crate::credentials::bearer_token;
use crate::dto::sockets::{EventBody, TicketDto};
use crate::extract::{AllowElseByBody, Body, NoBody, Service};
use crate::problem::{Problem, ProblemBody};
use crate::resource::resource;

/// Mounts the routes.
pub fn configure(cfg: &mut ServiceConfig) {
    resource(cfg, "/ws/ticket", [post().to(issue_ticket)]);
    resource(cfg, "/events", [post().to(publish_event)]);
}

/// Issues a ticket that opens one socket, so that no access token appears in a URL. The ticket works
/// once, within 30 seconds.
#[utoipa::path(post, path = "/ws/ticket", tag = "sockets", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = TicketDto), (status = 403, body = ProblemBody),
        (status = 429, description = "Rate limit exceeded", body = ProblemBody)))]
pub async fn issue_ticket(
    allow: AllowElseByBody<WsConnect>,
    body: NoBody,
    request: HttpRequest,
    app: Service,
) -> Result<HttpResponse, Problem> {
    body.within(allow.proof().context().org).await?;
    let claims = app.read_claims(bearer_token(request.headers())?)?;
    let actor = Actor { user: claims.user, session: claims.session };
    let issued = app.run(allow.proof(), &IssueTicket { actor, token_expires_at: claims.expires_at }).await?;
    Ok(secret_json(StatusCode::OK, &TicketDto::from(issued)))
}

/// Publishes an event to every connection in the organization, on every node, whose user has the
/// permission of its name at that moment. Events are not stored for later connections.
#[utoipa::path(post, path = "/events", tag = "sockets", security(("bearer" = [])),
    params(("org_id" = uuid::Uuid, Query)), request_body = EventBody,
    responses((status = 202), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody),
        (status = 503, description = "The other nodes cannot be reached", body = ProblemBody)))]
pub async fn publish_event(
    allow: AllowElseByBody<EventsPublish>,
    body: Body<EventBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let event = body.within(allow.proof().context().org).await?;
    app.publish(allow.proof(), event).await?;
    Ok(HttpResponse::Accepted().finish())
}
