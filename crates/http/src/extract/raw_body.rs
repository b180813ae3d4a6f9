//! The bytes of a body, read once and late.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;

use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;

/// The body of a request, shared by all extractors that look into it. Nothing is
/// read before [`Self::bytes`].
#[derive(Clone)]
pub struct RawBody(Rc<Shared>);

struct Shared {
    source: RefCell<Source>,
    /// Why it will not be read, known from the headers.
    refusal: Option<Code>,
    is_json: bool,
    absent: bool,
    limit: usize,
}

enum Source {
    Stream(Payload),
    Buffered(Bytes),
    Failed(Problem),
    BeingRead,
}

impl RawBody {
    /// The body of this request; whoever comes first takes the stream.
    pub fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        if let Some(body) = request.extensions().get::<Self>() {
            return body.clone();
        }
        let limit =
            request.app_data::<Data<HttpSettings>>().map_or(HttpSettings::BODY_LIMIT, |s| s.body_limit);
        let body = Self(Rc::new(Shared {
            source: RefCell::new(Source::Stream(payload.take())),
            refusal: refusal(request, limit),
            is_json: is_json(request),
            absent: is_absent(request),
            limit,
        }));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// Whether the request has none (RFC 9112, section 6.3) and claims no type.
    pub fn is_absent(&self) -> bool {
        self.0.absent
    }

    /// Refuses a media type that is not JSON's.
    pub fn require_json(&self) -> Result<(), Problem> {
        if self.0.is_json { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
    }

    /// The bytes, as JSON by their media type. A second call gets the same.
    pub async fn bytes(&self) -> Result<Bytes, Problem> {
        self.require_json()?;
        self.bytes_of_any_type().await
    }

    /// The bytes, whatever their media type.
    pub async fn bytes_of_any_type(&self) -> Result<Bytes, Problem> {
        if let Some(code) = self.0.refusal {
            return Err(code.into());
        }
        let read = match self.0.source.replace(Source::BeingRead) {
            Source::Stream(stream) => buffer(stream, self.0.limit).await,
            Source::Buffered(bytes) => Ok(bytes),
            Source::Failed(problem) => Err(problem),
            Source::BeingRead => Err(Problem::internal_because("a body was read by two at once")),
        };
        self.0.source.replace(match &read {
            Ok(bytes) => Source::Buffered(bytes.clone()),
            Err(problem) => Source::Failed(problem.clone()),
        });
        read
    }
}

/// What the headers alone forbid, whatever the media type (RFC 9110, section 15.5.16, for the
/// content coding).
fn refusal(request: &HttpRequest, limit: usize) -> Option<Code> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Some(Code::UnsupportedMediaType);
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|text| text.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit as u64).then_some(Code::PayloadTooLarge)
}

/// JSON is UTF-8 (RFC 8259, sections 8.1 and 11), so parameters such as `charset` say nothing:
/// many clients add one of their own.
fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn is_absent(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let is_empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
    is_empty && !headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key(CONTENT_TYPE)
}

async fn buffer(mut stream: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Code::PayloadTooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn broken(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Code::PayloadTooLarge.into(),
        _ => {
            Problem::new(Code::BadRequest).with_hint("The body ended before it was complete. Send it again.")
        }
    }
}
