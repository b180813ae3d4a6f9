//! Problem details (RFC 9457), the responses to refused and failed requests.
//!
//! [`Code`] is the closed list of kinds, and [`Problem`] is one occurrence. The private `map`
//! module converts each error of the use cases to a problem without a wildcard arm, so a new error
//! does not compile before it has a response.

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

/// `Retry-After` when the error names no time, in seconds.
const RETRY_SECONDS: u32 = 1;

/// An occurrence of a problem.
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
    /// Creates a problem of this kind with the title as its detail and the general hint.
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

    /// Creates an internal error without a cause.
    pub fn internal() -> Self {
        Self::new(Code::InternalError)
    }

    /// Creates an internal error. The cause is logged and never sent to the client.
    pub fn internal_because(cause: impl fmt::Display) -> Self {
        Self::internal().with_cause(cause)
    }

    /// Creates a validation error with these fields, in the order of the response.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Code::ValidationFailed) }
    }

    /// Creates a rate limit error with a `Retry-After` of `seconds`.
    pub fn rate_limited(seconds: u32) -> Self {
        let detail = format!("Rate limit exceeded. Try again in {seconds} seconds.");
        Self::new(Code::RateLimited).with_detail(detail).with_retry_after(seconds)
    }

    /// Replaces the detail.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Replaces the hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Replaces `Retry-After`, in seconds.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Sets the cause that is logged with the request.
    #[must_use]
    pub fn with_cause(self, cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string().into()), ..self }
    }

    /// Sets a cause that was logged when it was found, so that refused requests do not log it again.
    #[must_use]
    pub(crate) fn with_logged_cause(self, cause: impl fmt::Display) -> Self {
        Self { cause_is_logged: true, ..self.with_cause(cause) }
    }

    /// Returns whether the cause was logged when it was found.
    pub(crate) fn is_logged(&self) -> bool {
        self.cause_is_logged
    }

    /// Returns the kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// Returns the detail, the text that the contract fixes.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the hint, which tells the client how to correct the request.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Returns the invalid fields, in the order of the response.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Returns the cause for the log; clients never see it.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Converts to a body without a request id, for a service at the root of its host.
    pub fn into_body(self) -> ProblemBody {
        self.into_body_under(&Prefix::default())
    }

    /// Converts to a body without a request id, for a service under `prefix`.
    pub fn into_body_under(self, prefix: &Prefix) -> ProblemBody {
        ProblemBody::new(&self, None, prefix)
    }

    /// Serializes the body as JSON. The middleware passes the request id and the prefix.
    pub(crate) fn to_json(&self, request_id: Option<&str>, prefix: &Prefix) -> Vec<u8> {
        serde_json::to_vec(&ProblemBody::new(self, request_id, prefix)).unwrap_or_default()
    }

    /// Returns the challenge of a 401 (RFC 6750, section 3). It names an error only if the request
    /// had a token.
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
