//! `/ws/ticket` and `/events`: tickets for sockets, and events to publish.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use bailiwick_app::Actor;
use bailiwick_app::authority::permission::{EventsPublish, WsConnect};
use bailiwick_app::sockets::IssueTicket;

use crate::credentials::bearer_token;
use crate::dto::sockets::{EventBody, TicketDto};
use crate::extract::{Allow, Body, ElseBody, NoBody, Service};
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::response::secret_json;

operations![issue_ticket, publish_event];

/// Issues a ticket that opens one socket, so that no access token appears in a URL. The ticket works
/// once, within 30 seconds.
#[utoipa::path(post, path = "/ws/ticket", tag = "sockets", security(("bearer" = ["ws:connect"])),
    params(("org_id" = uuid::Uuid, Query)),
    responses((status = 200, body = TicketDto)),
    extensions(("x-problems" = json!([Code::RateLimited]))))]
pub async fn issue_ticket(
    allow: Allow<WsConnect, ElseBody>,
    _: NoBody,
    request: HttpRequest,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let claims = app.read_claims(bearer_token(request.headers())?)?;
    let actor = Actor { user: claims.user, session: claims.session };
    let issued = app.run(&allow, &IssueTicket { actor, token_expires_at: claims.expires_at }).await?;
    Ok(secret_json(StatusCode::OK, &TicketDto::from(issued)))
}

/// Publishes an event to every connection in the organization, on every node, whose user has the
/// permission of its name at that moment. Events are not stored for later connections.
#[utoipa::path(post, path = "/events", tag = "sockets", security(("bearer" = ["events:publish"])),
    request_body = EventBody,
    params(("org_id" = Option<uuid::Uuid>, Query)),
    responses((status = 202)))]
pub async fn publish_event(
    allow: Allow<EventsPublish, ElseBody>,
    Body(event): Body<EventBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    app.publish_for(&allow, event).await?;
    Ok(HttpResponse::Accepted().finish())
}
