//! The body of a problem response.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

#[cfg(feature = "openapi")]
use crate::openapi::FieldErrorCode;
use crate::{Code, Problem, under_prefix};

/// Problem details (RFC 9457) with `code`, `hint`, `request_id` and, for invalid
/// fields, `errors`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemBody {
    /// `/problems/<code>`, under the prefix of the public URL: the address of a page that explains the kind.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "/problems/permission_required"))]
    kind: String,
    /// The kind of problem, for people.
    #[cfg_attr(feature = "openapi", schema(example = "Access denied"))]
    title: &'static str,
    /// The status code of the response.
    #[cfg_attr(feature = "openapi", schema(minimum = 400, maximum = 599, example = 403))]
    status: u16,
    /// The cause of this occurrence.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, example = "Access denied. Required: kb:read")
    )]
    detail: Cow<'static, str>,
    /// The kind of problem, for programs. The codes never change, so clients may match on them.
    code: Code,
    /// How to correct the request, for people.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, example = "Ask an administrator of the organization for a role that grants this permission.")
    )]
    hint: Cow<'static, str>,
    /// Identifies the request in the log of the service. Send it to the operator with a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(nullable = false, example = "0198c5a0-7d3e-7000-8000-000000000001")
    )]
    request_id: Option<String>,
    /// The invalid fields; only with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    errors: Vec<FieldError>,
}

/// An error of one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The JSON pointer of the field (RFC 6901). Query parameters are members of the root.
    #[cfg_attr(feature = "openapi", schema(example = "/email"))]
    pub pointer: String,
    /// The kind of the error, for programs.
    #[cfg_attr(feature = "openapi", schema(value_type = FieldErrorCode))]
    pub code: &'static str,
    /// The error, for people.
    #[cfg_attr(feature = "openapi", schema(example = "a value is required"))]
    pub message: String,
}

impl FieldError {
    /// Creates the error of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(self.as_str())
    }
}

impl ProblemBody {
    /// Creates the body for a service at the root of its host, without a request id.
    pub(crate) fn new(problem: &Problem) -> Self {
        Self {
            kind: format!("/problems/{}", problem.code().as_str()),
            title: problem.code().title(),
            status: problem.status(),
            detail: problem.0.detail.clone(),
            code: problem.code(),
            hint: problem.0.hint.clone(),
            request_id: None,
            errors: problem.errors().to_vec(),
        }
    }

    /// Sets the id of the request.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<String>) -> Self {
        Self { request_id: Some(id.into()), ..self }
    }

    /// Puts the prefix of a service, such as `/identity`, before the paths in `type` and `hint`. The hint of a
    /// kind of the embedding program names paths of that program, and stays as it is.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let kind = format!("{prefix}{}", self.kind);
        let hint = match self.code {
            Code::Own(_) => self.hint,
            _ => under_prefix(prefix, &self.hint).into_owned().into(),
        };
        Self { kind, hint, ..self }
    }

    /// Serializes the body as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
