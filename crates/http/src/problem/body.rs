//! The body of a problem response.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::prefix::Prefix;
use crate::problem::Problem;

/// Problem details (RFC 9457) with `code`, `hint`, `request_id` and, for invalid
/// fields, `errors`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`, under the prefix of the public URL: the address of a page that explains the kind.
    #[serde(rename = "type")]
    #[schema(example = "/problems/permission_required")]
    kind: String,
    /// The kind of problem, for people.
    title: &'static str,
    /// The status code of the response.
    #[schema(example = 403)]
    status: u16,
    /// The cause of this occurrence.
    #[schema(value_type = String, example = "Access denied. Required: kb:read")]
    detail: Cow<'static, str>,
    /// The kind of problem, for programs. The codes never change, so clients may match on them.
    #[schema(example = "permission_required")]
    code: &'static str,
    /// How to correct the request, for people.
    #[schema(value_type = String)]
    hint: Cow<'static, str>,
    /// Identifies the request in the log of the service. Send it to the operator with a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The invalid fields; only with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// An error of one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The JSON pointer of the field (RFC 6901). Query parameters are members of the root.
    #[schema(example = "/email")]
    pub pointer: String,
    /// `required`, `invalid`, `too_short`, `too_long` or `too_common`.
    #[schema(value_type = String, example = "required")]
    pub code: &'static str,
    /// The error, for people.
    pub message: String,
}

impl FieldError {
    /// Creates the error of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

impl ProblemBody {
    pub(super) fn new(problem: &Problem, request_id: Option<&str>, prefix: &Prefix) -> Self {
        Self {
            kind: format!("{}/problems/{}", prefix.as_str(), problem.code.as_str()),
            title: problem.code.title(),
            status: problem.status().as_u16(),
            detail: problem.detail.clone(),
            code: problem.code.as_str(),
            hint: prefix.applied(&problem.hint).into_owned().into(),
            request_id: request_id.map(str::to_owned),
            errors: problem.errors.clone(),
        }
    }
}
