//! A problem as it stands in an answer.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::prefix::Prefix;
use crate::problem::Problem;

/// Problem details (RFC 9457) with `code`, `hint`, `request_id` and, for wrong
/// fields, `errors`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`, under the prefix of the public URL: a page that explains the kind.
    #[serde(rename = "type")]
    #[schema(example = "/problems/permission_required")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 403)]
    status: u16,
    /// What happened.
    #[schema(value_type = String, example = "Access denied. Required: kb:read")]
    detail: Cow<'static, str>,
    /// The kind; it never changes, so match on it.
    #[schema(example = "permission_required")]
    code: &'static str,
    /// What to do about it.
    #[schema(value_type = String)]
    hint: Cow<'static, str>,
    /// Tell it to the operator when you ask about this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The fields that are wrong; only with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Where (RFC 6901, a JSON pointer); a parameter of the query stands at the root.
    #[schema(example = "/email")]
    pub pointer: String,
    /// `required`, `invalid`, `too_short`, `too_long` or `too_common`.
    #[schema(value_type = String, example = "required")]
    pub code: &'static str,
    /// The same in words.
    pub message: String,
}

impl FieldError {
    /// What is wrong with the field at `pointer`.
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
