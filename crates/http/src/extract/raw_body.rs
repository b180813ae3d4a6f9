//! The body of a request, read at most once, after the decision.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::extract::body_headers::{BodyHeaders, is_announced};
use crate::extract::decisions::Decisions;
use crate::extract::taken_payload::taken_payload;
use crate::problem::{Code, Problem};

const NOT_A_FORM: &str = "Send the form with `Content-Type: application/x-www-form-urlencoded`.";
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
    headers: OnceCell<BodyHeaders>,
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
        // An extractor before this one has taken the payload of a request that has a body.
        let is_misread = matches!(payload, Payload::None) && is_announced(request);
        let body = Self(Rc::new(Shared {
            source: RefCell::new(Source::Stream(payload.take())),
            decisions: Decisions::default(),
            is_misread: Cell::new(is_misread),
            is_handed_out: Cell::new(false),
            headers: OnceCell::new(),
        }));
        let misread = body.clone();
        *payload = taken_payload(move || misread.0.is_misread.set(true));
        request.extensions_mut().insert(body.clone());
        body
    }

    /// As [`Self::of`], for an extractor that reads the body.
    pub(super) fn to_read(request: &HttpRequest, payload: &mut Payload) -> Self {
        let body = Self::of(request, payload);
        body.examine(request);
        body
    }

    /// Reads the headers that describe the body. A reader of the body MUST call it first; a handler
    /// without a body saves the time.
    pub(super) fn examine(&self, request: &HttpRequest) {
        self.0.headers.get_or_init(|| BodyHeaders::of(request));
    }

    fn headers(&self) -> Result<&BodyHeaders, Problem> {
        let headers = self.0.headers.get();
        headers.ok_or_else(|| Problem::internal_because("the headers of a body were not examined"))
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

    /// Whether the request has no body (RFC 9112, section 6.3) and no media type.
    pub fn is_absent(&self) -> bool {
        self.0.headers.get().is_some_and(|headers| headers.is_absent)
    }

    /// Fails with 415 unless the media type is that of JSON.
    pub fn require_json(&self) -> Result<(), Problem> {
        if self.headers()?.is_json { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
    }

    /// Fails with 415 unless the media type is that of an HTML form.
    pub(super) fn require_form(&self) -> Result<(), Problem> {
        if self.headers()?.is_form {
            return Ok(());
        }
        Err(Problem::new(Code::UnsupportedMediaType).with_hint(NOT_A_FORM))
    }

    /// Returns the bytes of a body whose media type is JSON. A second call returns the same.
    pub async fn bytes(&self) -> Result<Bytes, Problem> {
        self.require_json()?;
        self.bytes_of_any_type().await
    }

    /// Returns the bytes of a body of any media type.
    pub async fn bytes_of_any_type(&self) -> Result<Bytes, Problem> {
        let headers = self.headers()?;
        if let Some(problem) = &headers.refusal {
            return Err(problem.clone());
        }
        let read = match self.0.source.replace(Source::BeingRead) {
            Source::Stream(stream) => {
                let read = buffer(stream, headers.length, headers.limit).await;
                let read = read.map_err(|fault| headers.problem(&fault));
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
