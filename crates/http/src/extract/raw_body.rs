//! The body of a request, read at most once, after the decision.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::extract::decisions::Decisions;
use crate::extract::taken_payload::taken_payload;
use crate::problem::{Code, Problem};
use crate::settings::HttpSettings;
use crate::transport::ReadEnd;
use crate::unparsed::MALFORMED_CHUNKS;

const UNCOMPRESSED: &str = "The body is compressed. Send it as it is, without Content-Encoding.";
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body of a request, shared by all extractors that read it, and the decisions that it waits
/// for. It is read at the first call of [`Self::bytes`] or [`Self::bytes_of_any_type`].
#[derive(Clone)]
pub struct RawBody(Rc<Shared>);

struct Shared {
    source: RefCell<Source>,
    decisions: Decisions,
    /// Whether a reader polled the payload that stands in for the one taken.
    is_misread: Cell<bool>,
    is_handed_out: Cell<bool>,
    /// The problem of the headers that forbids to read the body.
    refusal: Option<Problem>,
    is_json: bool,
    absent: bool,
    /// The length in bytes, if nothing marks the end of the body.
    length: Option<u64>,
    limit: usize,
    /// Distinguishes a client that sends no more from one whose chunks are malformed.
    connection: Option<ReadEnd>,
}

/// The progress of reading a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// The client has not sent all of it.
    Awaited,
    /// The client had sent all of it at this moment.
    Complete(Instant),
}

enum Source {
    Stream(Payload),
    Buffered(Bytes, Instant),
    Failed(Problem),
    BeingRead,
}

impl RawBody {
    /// Returns the body of the request. The first call takes the payload and leaves one behind that
    /// marks the request as misread when it is polled.
    pub(crate) fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        if let Some(body) = request.extensions().get::<Self>() {
            return body.clone();
        }
        let limit =
            request.app_data::<Data<HttpSettings>>().map_or(HttpSettings::BODY_LIMIT, |s| s.body_limit);
        // An extractor before this one has taken the payload of a request that has a body.
        let is_misread = matches!(payload, Payload::None) && Self::is_announced(request);
        let body = Self(Rc::new(Shared {
            source: RefCell::new(Source::Stream(payload.take())),
            decisions: Decisions::default(),
            is_misread: Cell::new(is_misread),
            is_handed_out: Cell::new(false),
            refusal: refusal(request, limit),
            is_json: is_json(request),
            absent: is_absent(request),
            length: length_without_end(request),
            limit,
            connection: request.conn_data::<ReadEnd>().cloned(),
        }));
        let misread = body.clone();
        *payload = taken_payload(move || misread.0.is_misread.set(true));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// The decisions about the request.
    pub(super) fn decisions(&self) -> &Decisions {
        &self.0.decisions
    }

    /// Whether a reader that bypasses the decision has polled the payload or taken it.
    pub(super) fn is_misread(&self) -> bool {
        self.0.is_misread.get()
    }

    /// Whether the body was handed out as a stream.
    pub(super) fn is_handed_out(&self) -> bool {
        self.0.is_handed_out.get()
    }

    /// Returns the body as a stream. Fails if it is read already.
    pub(super) fn hand_out(&self) -> Result<Payload, Problem> {
        let second = || Source::Failed(Problem::internal_because("the body was handed out as a stream"));
        match self.0.source.replace(second()) {
            Source::Stream(stream) => {
                self.0.is_handed_out.set(true);
                Ok(stream)
            }
            Source::Failed(problem) => Err(problem),
            _ => Err(Problem::internal_because("a body was read before it was handed out as a stream")),
        }
    }

    /// Whether the headers announce a body that is not empty (RFC 9112, section 6.3).
    pub fn is_announced(request: &HttpRequest) -> bool {
        request.headers().contains_key(TRANSFER_ENCODING) || length(request).is_some_and(|length| length > 0)
    }

    /// Whether the request has no body (RFC 9112, section 6.3) and no media type.
    pub fn is_absent(&self) -> bool {
        self.0.absent
    }

    /// Fails with 415 unless the media type is that of JSON.
    pub fn require_json(&self) -> Result<(), Problem> {
        if self.0.is_json { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
    }

    /// Returns the bytes of a body whose media type is JSON. A second call returns the same.
    pub async fn bytes(&self) -> Result<Bytes, Problem> {
        self.require_json()?;
        self.bytes_of_any_type().await
    }

    /// Returns the bytes of a body of any media type.
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

    /// Returns the progress of reading; `None` if nothing has read the body, or it is refused.
    pub(crate) fn progress(request: &HttpRequest) -> Option<Progress> {
        match *request.extensions().get::<Self>()?.0.source.borrow() {
            Source::BeingRead => Some(Progress::Awaited),
            Source::Buffered(_, at) => Some(Progress::Complete(at)),
            Source::Stream(_) | Source::Failed(_) => None,
        }
    }
}

/// Returns the problem of headers that forbid to read the body, whatever its media type (RFC 9110,
/// section 15.5.16, for the content coding).
fn refusal(request: &HttpRequest, limit: usize) -> Option<Problem> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Some(Problem::new(Code::UnsupportedMediaType).with_hint(UNCOMPRESSED));
    }
    length(request).is_some_and(|length| length > limit as u64).then(|| Code::PayloadTooLarge.into())
}

/// Returns the length of a body that has no end for the library: with `Upgrade: websocket` it takes
/// all following bytes as the body. Bytes after the length belong to the other protocol, which the
/// route does not speak, so the connection is closed.
fn length_without_end(request: &HttpRequest) -> Option<u64> {
    let headers = request.headers();
    let is_endless = headers.contains_key(UPGRADE) && !headers.contains_key(TRANSFER_ENCODING);
    is_endless.then(|| length(request).unwrap_or_default())
}

fn length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Ignores parameters such as `charset`, which many clients add, because JSON is always UTF-8
/// (RFC 8259, sections 8.1 and 11).
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

/// Reads to the end, or `length` bytes.
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

/// Removes the byte order mark that some clients write before their JSON (RFC 8259, section 8.1).
fn without_mark(mut body: Bytes) -> Bytes {
    if body.starts_with(BYTE_ORDER_MARK) {
        drop(body.split_to(BYTE_ORDER_MARK.len()));
    }
    body
}

impl Shared {
    /// Converts an error of the library, which reports malformed chunks as a body that ended early.
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
