//! One occurrence of a problem.

use std::borrow::Cow;
use std::fmt;

use crate::{Code, FieldError, ProblemBody};

/// The media type of a problem (RFC 9457, section 6.1).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// `Retry-After` when the error names no time, in seconds.
const RETRY_SECONDS: u32 = 1;

/// An occurrence of a problem.
#[derive(Clone, Debug)]
pub struct Problem(pub(crate) Box<Parts>);

/// The parts of a problem. They are in a box, because a `Result` is as large as its error.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    code: Code,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) hint: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    cause: Option<Box<str>>,
    cause_is_logged: bool,
}

impl Problem {
    /// Creates a problem of this kind with the title as its detail and the general hint.
    pub fn new(code: Code) -> Self {
        let retry = matches!(code, Code::ServiceUnavailable | Code::RateLimited);
        Self(Box::new(Parts {
            code,
            detail: Cow::Borrowed(code.title()),
            hint: Cow::Borrowed(code.hint()),
            errors: Vec::new(),
            retry_after: retry.then_some(RETRY_SECONDS),
            cause: None,
            cause_is_logged: false,
        }))
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
        let mut problem = Self::new(Code::ValidationFailed);
        problem.0.errors = errors;
        problem
    }

    /// Creates a rate limit error with a `Retry-After` of `seconds`.
    pub fn rate_limited(seconds: u32) -> Self {
        let detail = format!("Rate limit exceeded. Try again in {seconds} seconds.");
        Self::new(Code::RateLimited).with_detail(detail).with_retry_after(seconds)
    }

    /// Replaces the detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Replaces the hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = hint.into();
        self
    }

    /// Replaces `Retry-After`, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Sets the cause that is logged with the request.
    #[must_use]
    pub fn with_cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string().into());
        self
    }

    /// Sets a cause that was logged when it was found, so that refused requests do not log it again.
    #[must_use]
    pub(crate) fn with_logged_cause(self, cause: impl fmt::Display) -> Self {
        let mut problem = self.with_cause(cause);
        problem.0.cause_is_logged = true;
        problem
    }

    /// Returns whether the cause was logged when it was found.
    pub fn is_logged(&self) -> bool {
        self.0.cause_is_logged
    }

    /// Returns the kind.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Returns the status of the response.
    pub fn status(&self) -> u16 {
        self.0.code.status()
    }

    /// Returns the detail, the text that the contract fixes.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns the hint, which tells the client how to correct the request.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }

    /// Returns the invalid fields, in the order of the response.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// Returns the cause for the log; clients never see it.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns the headers of the response, with names in lower case: the media type, the challenge of
    /// a 401, and `Retry-After`.
    pub fn headers(&self) -> Vec<(&'static str, Cow<'static, str>)> {
        let mut headers = vec![("content-type", Cow::Borrowed(MEDIA_TYPE))];
        headers.extend(self.challenge().map(|challenge| ("www-authenticate", challenge.into())));
        headers.extend(self.0.retry_after.map(|seconds| ("retry-after", seconds.to_string().into())));
        headers
    }

    /// Returns the body of the response, for a service at the root of its host. The service adds the id
    /// of the request and its prefix.
    pub fn body(&self) -> ProblemBody {
        ProblemBody::new(self)
    }

    /// Serializes the body of the response as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        self.body().to_json()
    }

    /// Returns the challenge of a 401 (RFC 6750, section 3). It names an error only if the request
    /// had a token.
    fn challenge(&self) -> Option<&'static str> {
        match self.0.code {
            Code::InvalidToken => Some("Bearer error=\"invalid_token\""),
            code if code.status() == 401 => Some("Bearer"),
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
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl std::error::Error for Problem {}
