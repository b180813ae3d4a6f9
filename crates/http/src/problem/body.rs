//! The body of a problem response.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::prefix::Prefix;
use crate::problem::{Code, Problem};

/// Problem details (RFC 9457) with `code`, `hint`, `request_id` and, for invalid
/// fields, `errors`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`, under the prefix of the public URL: the address of a page that explains the kind.
    #[serde(rename = "type")]
    #[schema(example = "/problems/permission_required")]
    kind: String,
    /// The kind of problem, for people.
    #[schema(example = "Access denied")]
    title: &'static str,
    /// The status code of the response.
    #[schema(minimum = 400, maximum = 599, example = 403)]
    status: u16,
    /// The cause of this occurrence.
    #[schema(value_type = String, example = "Access denied. Required: kb:read")]
    detail: Cow<'static, str>,
    /// The kind of problem, for programs. The codes never change, so clients may match on them.
    code: Code,
    /// How to correct the request, for people.
    #[schema(value_type = String, example = "Ask an administrator of the organization for a role that grants this permission.")]
    hint: Cow<'static, str>,
    /// Identifies the request in the log of the service. Send it to the operator with a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0198c5a0-7d3e-7000-8000-000000000001")]
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
    /// The kind of the error, for programs.
    #[schema(value_type = FieldErrorCode)]
    pub code: &'static str,
    /// The error, for people.
    #[schema(example = "a value is required")]
    pub message: String,
}

impl FieldError {
    /// Creates the error of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }
}

/// The kind of an error of one field, for programs.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the description lists them")]
enum FieldErrorCode {
    Required,
    Invalid,
    TooShort,
    TooLong,
    TooCommon,
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let codes = Self::ALL.iter().map(|code| code.as_str());
        let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
        schema.description(Some("The kind of a problem, for programs. The codes never change.")).into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "ProblemCode".into()
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(self.as_str())
    }
}

impl ProblemBody {
    pub(super) fn new(problem: &Problem, request_id: Option<&str>, prefix: &Prefix) -> Self {
        Self {
            kind: format!("{}/problems/{}", prefix.as_str(), problem.code.as_str()),
            title: problem.code.title(),
            status: problem.status().as_u16(),
            detail: problem.detail.clone(),
            code: problem.code,
            hint: prefix.applied(&problem.hint).into_owned().into(),
            request_id: request_id.map(str::to_owned),
            errors: problem.errors.clone(),
        }
    }
}
