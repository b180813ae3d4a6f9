//! `GET /ws/connect`: the upgrade.

use actix_web::http::Version;
use actix_web::http::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use actix_ws::Session;

use super::admission::{Admitted, admit, count_ticket};
use super::close_reason::CloseReason;
use super::connect_params::ConnectParams;
use super::connection::Connection;
use super::frames::{ServerFrame, granted};
use super::hub::Hub;
use super::reader::MessageReader;
use super::{connection, origin};
use crate::extract::client::client_of;
use crate::extract::{Decided, context_of, is_announced};
use crate::middleware::RequestId;
use crate::operation::operations;
use crate::problem::{Code, Problem};
use crate::read_end::ReadEnd;
use crate::settings::HttpSettings;

// HEAD would use up the ticket.
operations![connect; without HEAD];

/// Opens a socket (RFC 6455). A caller who is refused gets a close frame with code 1008, because
/// browsers show neither status nor body of a refused upgrade.
#[utoipa::path(get, path = "/ws/connect", tag = "sockets",
    params(("token" = Option<String>, Query, description = "The access token."),
        ("ticket" = Option<String>, Query, description = "A ticket of `POST /ws/ticket`, instead of the token."),
        ("org_id" = Option<uuid::Uuid>, Query, description = "The organization; needed with a token.")),
    responses(
        (status = 101, description = "The socket is open, and frames of JSON follow; or it is closed at once with code 1008 and the reason.")),
    extensions(("x-problems" = json!([Code::ForeignOrigin, Code::UpgradeRequired, Code::RateLimited]))))]
pub async fn connect(
    request: HttpRequest,
    payload: Payload,
    sockets: Data<Hub>,
    settings: Data<HttpSettings>,
) -> Result<HttpResponse, Problem> {
    if request.version() < Version::HTTP_11 || !asks_for_upgrade(request.headers()) {
        return Ok(upgrade_required());
    }
    if is_announced(&request) {
        return Err(Problem::new(Code::BadRequest).with_hint("An upgrade has no body. Send it without one."));
    }
    if request.headers().get_all(SEC_WEBSOCKET_KEY).count() > 1 {
        let hint = "There are several Sec-WebSocket-Key headers (RFC 6455, section 11.3.1). Send one.";
        return Err(Problem::new(Code::BadRequest).with_hint(hint));
    }
    if origin::is_hostile(request.headers(), &settings) {
        return Err(Code::ForeignOrigin.into());
    }
    let draining = sockets.draining().has_begun();
    let app = sockets.shared().app.on_behalf(context_of(&request));
    let params = ConnectParams::of(request.query_string());
    let ticket = if draining { None } else { count_ticket(&app, &params).await? };
    let frames = MessageReader::new(payload.into_inner());
    let protocols: Vec<_> = settings.sockets.subprotocols.iter().map(String::as_str).collect();
    let (response, out) = upgrade(&request, &protocols).await.map_err(|error| {
        Problem::new(Code::BadRequest).with_hint(format!("The upgrade is refused: {error}."))
    })?;
    let verdict = if draining {
        Err(CloseReason::DRAINING)
    } else {
        admit(&sockets, &app, &params, ticket.as_ref()).await
    };
    // A refused caller gets only the close reason, so every response counts as decided.
    request.extensions_mut().insert(Decided);
    match verdict {
        Ok(admitted) => begin(admitted, out, frames).await,
        Err(end) => {
            log_refusal(&request, &end);
            connection::close(out, end).await;
        }
    }
    Ok(response)
}

/// Logs a refusal, because only its close frame shows it.
fn log_refusal(request: &HttpRequest, end: &CloseReason) {
    let CloseReason::Close(code, reason) = end else { return };
    tracing::debug!(
        code = u16::from(*code),
        %reason,
        request_id = request.extensions().get::<RequestId>().map(tracing::field::display),
        client = client_of(request).ip.map(tracing::field::display),
        "a socket is refused",
    );
}

/// Upgrades the connection. The library gets no payload, because its reader buffers a frame before it
/// compares the length with the limit.
async fn upgrade(
    request: &HttpRequest,
    protocols: &[&str],
) -> Result<(HttpResponse, Session), actix_web::Error> {
    let empty = Payload::extract(request).await?;
    let (response, out, _) = actix_ws::handle_with_protocols(request, empty, protocols)?;
    Ok(match request.conn_data::<ReadEnd>().cloned() {
        Some(end) => (response.map_body(|_, body| end.after(body)), out),
        None => (response, out),
    })
}

/// Sends the `connect` frame and starts the task of the socket on this worker.
async fn begin(admitted: Admitted, mut out: Session, frames: MessageReader) {
    let parts = admitted.state.shared().app.parts();
    let now = parts.clock.now();
    let context = admitted.member.context();
    let greeting = ServerFrame::Connect {
        channel_id: parts.ids.uuid_v7(now),
        user_id: context.user,
        org_id: context.org,
        events: granted(context),
    };
    // The queue is empty, so this does not wait. The task notices when the client has disconnected.
    let _ = out.text(greeting.text(now)).await;
    actix_web::rt::spawn(Connection::new(admitted, out).run(frames));
}

/// Returns whether the request is a handshake (RFC 6455, section 4.2.1). An upgrade of HTTP/1.0 has no
/// meaning (RFC 9110, section 7.8).
fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    let has_token = |header, token: &str| {
        let values = headers.get_all(header).filter_map(|value: &HeaderValue| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case(token))
    };
    has_token(UPGRADE, "websocket")
        && has_token(CONNECTION, "upgrade")
        && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13")
}

/// Returns the 426 response with the supported protocol and version (RFC 9110, section 15.5.22; RFC 6455,
/// section 4.4).
fn upgrade_required() -> HttpResponse {
    let mut response = HttpResponse::from_error(Problem::new(Code::UpgradeRequired));
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}
