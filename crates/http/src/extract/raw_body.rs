//! The bytes of a body, read once and late.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;
use crate::transport::ReadEnd;
use crate::unparsed::MALFORMED_CHUNKS;

const UNCOMPRESSED: &str = "The body is compressed. Send it as it is, without Content-Encoding.";
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body of a request, shared by all extractors that look into it. Nothing is
/// read before [`Self::bytes`].
#[derive(Clone)]
pub struct RawBody(Rc<Shared>);

struct Shared {
    source: RefCell<Source>,
    /// Why it will not be read, known from the headers.
    refusal: Option<Problem>,
    is_json: bool,
    absent: bool,
    /// Its length, where nothing marks its end.
    length: Option<u64>,
    limit: usize,
    /// Tells a client that sends no more from one whose chunks are malformed.
    connection: Option<ReadEnd>,
}

/// How far the body of a request has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// It is awaited, because the client has not sent all of it.
    Awaited,
    /// It was complete at this moment.
    Complete(Instant),
}

enum Source {
    Stream(Payload),
    Buffered(Bytes, Instant),
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
            length: length_without_end(request),
            limit,
            connection: request.conn_data::<ReadEnd>().cloned(),
        }));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// Whether the headers announce a body that is not empty (RFC 9112, section 6.3).
    pub fn is_announced(request: &HttpRequest) -> bool {
        request.headers().contains_key(TRANSFER_ENCODING) || length(request).is_some_and(|length| length > 0)
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
        if let Some(problem) = &self.0.refusal {
            return Err(problem.clone());
        }
        let read = match self.0.source.replace(Source::BeingRead) {
            Source::Stream(stream) => {
                let read = buffer(stream, self.0.length, self.0.limit).await;
                let read = read.map_err(|fault| self.0.problem(&fault));
                read.map(|bytes| (bytes, Instant::now()))
            }
            Source::Buffered(bytes, at) => Ok((bytes, at)),
            Source::Failed(problem) => Err(problem),
            Source::BeingRead => Err(Problem::internal_because("a body was read by two at once")),
        };
        self.0.source.replace(match &read {
            Ok((bytes, at)) => Source::Buffered(bytes.clone(), *at),
            Err(problem) => Source::Failed(problem.clone()),
        });
        read.map(|(bytes, _)| bytes)
    }

    /// How far it has come; `None` if no handler has asked for it, or it is refused.
    pub(crate) fn progress(request: &HttpRequest) -> Option<Progress> {
        match *request.extensions().get::<Self>()?.0.source.borrow() {
            Source::BeingRead => Some(Progress::Awaited),
            Source::Buffered(_, at) => Some(Progress::Complete(at)),
            Source::Stream(_) | Source::Failed(_) => None,
        }
    }
}

/// What the headers alone forbid, whatever the media type (RFC 9110, section 15.5.16, for the
/// content coding).
fn refusal(request: &HttpRequest, limit: usize) -> Option<Problem> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Some(Problem::new(Code::UnsupportedMediaType).with_hint(UNCOMPRESSED));
    }
    length(request).is_some_and(|length| length > limit as u64).then(|| Code::PayloadTooLarge.into())
}

/// The length of a body that the connection does not end: with `Upgrade: websocket` the library
/// takes all that comes for the body. Whatever follows belongs to the protocol that was asked
/// for, which is not spoken here, so the connection is closed.
fn length_without_end(request: &HttpRequest) -> Option<u64> {
    let headers = request.headers();
    let is_endless = headers.contains_key(UPGRADE) && !headers.contains_key(TRANSFER_ENCODING);
    is_endless.then(|| length(request).unwrap_or_default())
}

fn length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
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

/// Reads to the end, or so many bytes.
async fn buffer(mut stream: Payload, length: Option<u64>, limit: usize) -> Result<Bytes, PayloadError> {
    let length = length.map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
    let mut bytes = BytesMut::new();
    while bytes.len() < length {
        let Some(chunk) = stream.next().await else { break };
        let mut chunk = chunk?;
        chunk.truncate(length - bytes.len());
        if bytes.len() + chunk.len() > limit {
            return Err(PayloadError::Overflow);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(without_mark(bytes.freeze()))
}

/// The body without a byte order mark, which some clients write before their JSON (RFC 8259, section 8.1).
fn without_mark(mut body: Bytes) -> Bytes {
    if body.starts_with(BYTE_ORDER_MARK) {
        drop(body.split_to(BYTE_ORDER_MARK.len()));
    }
    body
}

impl Shared {
    /// The library reports malformed chunks like a body that ended early.
    fn problem(&self, fault: &PayloadError) -> Problem {
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
