//! Refusals and failures as clients see them: problem details (RFC 9457).
//!
//! [`Code`] is the closed list of kinds, [`Problem`] one occurrence, and the
//! private `map` module turns each error of the use cases into one, without a
//! wildcard arm: a new error does not compile before it has an answer.

mod body;
mod code;
mod explanation;
mod hint;
mod map;
pub(crate) mod page;
mod throttled;

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use crate::prefix::Prefix;

pub use body::{FieldError, ProblemBody};
pub use code::Code;

/// The media type of a problem (RFC 9457, section 6.1).
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// How long a client should wait when nobody knows better.
const RETRY_SECONDS: u32 = 1;

/// One occurrence of a problem.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    hint: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    cause: Option<Box<str>>,
    cause_is_logged: bool,
}

impl Problem {
    /// A problem of this kind, with its usual texts.
    pub fn new(code: Code) -> Self {
        let retry = matches!(code, Code::ServiceUnavailable | Code::RateLimited);
        Self {
            code,
            detail: Cow::Borrowed(code.title()),
            hint: Cow::Borrowed(code.hint()),
            errors: Vec::new(),
            retry_after: retry.then_some(RETRY_SECONDS),
            cause: None,
            cause_is_logged: false,
        }
    }

    /// Our fault; nothing is said about the cause.
    pub fn internal() -> Self {
        Self::new(Code::InternalError)
    }

    /// Our fault. The cause goes to the log, never to the client.
    pub fn internal_because(cause: impl fmt::Display) -> Self {
        Self::internal().with_cause(cause)
    }

    /// Wrong fields, in the order in which they are to be read.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Code::ValidationFailed) }
    }

    /// Too many requests; worth another try after so many seconds.
    pub fn rate_limited(seconds: u32) -> Self {
        let detail = format!("Rate limit exceeded. Try again in {seconds} seconds.");
        Self::new(Code::RateLimited).with_detail(detail).with_retry_after(seconds)
    }

    /// The same with another detail.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same with another hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same with another `Retry-After`.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The same with a cause for the log.
    #[must_use]
    pub fn with_cause(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string().into()), ..self }
    }

    /// The same with a cause that was logged when it was found, so that refused requests add no
    /// line.
    #[must_use]
    pub(crate) fn with_logged_cause(self, cause: impl fmt::Display) -> Self {
        Self { cause_is_logged: true, ..self.with_cause(cause) }
    }

    /// Whether the cause was logged when it was found.
    pub(crate) fn is_logged(&self) -> bool {
        self.cause_is_logged
    }

    /// Its kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// What happened, in the words of the contract.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// What the log may know.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// What clients see, without a request id, of a service at the root of its host.
    pub fn into_body(self) -> ProblemBody {
        self.into_body_under(&Prefix::default())
    }

    /// What clients see, without a request id, of a service under this prefix.
    pub fn into_body_under(self, prefix: &Prefix) -> ProblemBody {
        ProblemBody::new(&self, None, prefix)
    }

    /// What clients see, as JSON. The edge puts request id and prefix in.
    pub(crate) fn to_json(&self, request_id: Option<&str>, prefix: &Prefix) -> Vec<u8> {
        serde_json::to_vec(&ProblemBody::new(self, request_id, prefix)).unwrap_or_default()
    }

    /// The challenge of a 401 (RFC 6750, section 3): an error is named only
    /// where a token was given.
    fn challenge(&self) -> Option<HeaderValue> {
        match self.code {
            Code::InvalidToken => Some(HeaderValue::from_static("Bearer error=\"invalid_token\"")),
            code if code.status() == StatusCode::UNAUTHORIZED => Some(HeaderValue::from_static("Bearer")),
            _ => None,
        }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.set_body(BoxBody::new(self.to_json(None, &Prefix::default())))
    }
}

impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        Self::from_error(problem)
    }
}
