//! The headers that describe the body of a request.

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use actix_web::web::Data;

use crate::problem::{Code, Problem};
use crate::read_end::ReadEnd;
use crate::settings::HttpSettings;
use crate::unparsed::MALFORMED_CHUNKS;

const UNCOMPRESSED: &str = "The body is compressed. Send it as it is, without Content-Encoding.";

/// The description of a body by the headers of its request.
pub(super) struct BodyHeaders {
    /// The problem of the headers that forbids to read the body.
    pub refusal: Option<Problem>,
    /// Whether the media type is that of JSON.
    pub is_json: bool,
    /// Whether the media type is that of an HTML form.
    pub is_form: bool,
    /// Whether the request has no body (RFC 9112, section 6.3) and no media type.
    pub is_absent: bool,
    /// The length in bytes, if nothing marks the end of the body.
    pub length: Option<u64>,
    /// The maximum length in bytes.
    pub limit: usize,
    /// Distinguishes a client that sends no more from one whose chunks are malformed.
    connection: Option<ReadEnd>,
}

impl BodyHeaders {
    /// Reads the headers of the request.
    pub fn of(request: &HttpRequest) -> Self {
        let limit =
            request.app_data::<Data<HttpSettings>>().map_or(HttpSettings::BODY_LIMIT, |s| s.body_limit);
        Self {
            refusal: refusal(request, limit),
            is_json: is_of_type(request, "application/json"),
            is_form: is_of_type(request, "application/x-www-form-urlencoded"),
            is_absent: is_absent(request),
            length: length_without_end(request),
            limit,
            connection: request.conn_data::<ReadEnd>().cloned(),
        }
    }

    /// Converts an error of the library, which reports malformed chunks as a body that ended early.
    pub fn problem(&self, fault: &PayloadError) -> Problem {
        let has_ended = self.connection.as_ref().is_none_or(ReadEnd::is_reached);
        match fault {
            PayloadError::Overflow => Code::PayloadTooLarge.into(),
            PayloadError::Incomplete(_) if has_ended => Problem::new(Code::RequestTimeout)
                .with_hint("The body ended before it was complete. Send it again, as a whole."),
            PayloadError::Incomplete(_) | PayloadError::EncodingCorrupted => {
                Problem::new(Code::BadRequest).with_hint(MALFORMED_CHUNKS)
            }
            _ => Problem::new(Code::BadRequest).with_hint("The body cannot be read. Send it again."),
        }
    }
}

/// Whether the headers announce a body that is not empty (RFC 9112, section 6.3).
pub(crate) fn is_announced(request: &HttpRequest) -> bool {
    request.headers().contains_key(TRANSFER_ENCODING)
        || content_length(request).is_some_and(|length| length > 0)
}

/// Returns the problem of headers that forbid to read the body, whatever its media type (RFC 9110,
/// section 15.5.16, for the content coding).
fn refusal(request: &HttpRequest, limit: usize) -> Option<Problem> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Some(Problem::new(Code::UnsupportedMediaType).with_hint(UNCOMPRESSED));
    }
    content_length(request).is_some_and(|length| length > limit as u64).then(|| Code::PayloadTooLarge.into())
}

/// Returns the length of a body that has no end for the library: with `Upgrade: websocket` it takes
/// all following bytes as the body. Bytes after the length belong to the other protocol, which the
/// route does not speak, so the connection is closed.
fn length_without_end(request: &HttpRequest) -> Option<u64> {
    let headers = request.headers();
    let is_endless = headers.contains_key(UPGRADE) && !headers.contains_key(TRANSFER_ENCODING);
    is_endless.then(|| content_length(request).unwrap_or_default())
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Ignores parameters such as `charset`, which many clients add, because JSON is always UTF-8
/// (RFC 8259, sections 8.1 and 11).
fn is_of_type(request: &HttpRequest, name: &str) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(name))
}

fn is_absent(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    is_empty && !headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key(CONTENT_TYPE)
}
