//! The problems that an operation can answer with: those that follow from its form, and those that it
//! declares.

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{Components, Schema};

use crate::problem::Code;

/// The extension in which an operation declares problems of its own:
/// `extensions(("x-problems" = json!([Code::SlugTaken])))`. It is not published.
const DECLARED: &str = "x-problems";

/// Scopes of the credential that are no permissions.
const OWNER: &str = "owner";
const PLATFORM_ADMIN: &str = "platform_admin";

/// A request that cannot be parsed or does not arrive, and a service that fails.
const ALWAYS: &[Code] = &[
    Code::BadRequest,
    Code::RequestTimeout,
    Code::HeadTooLarge,
    Code::InternalError,
    Code::ServiceUnavailable,
];
/// The query of a list.
const PAGED: &[Code] = &[Code::InvalidCursor];
/// A body, also where the operation needs none and the client sends one.
const BODY: &[Code] =
    &[Code::MalformedJson, Code::PayloadTooLarge, Code::UnsupportedMediaType, Code::ValidationFailed];
const BEARER: &[Code] =
    &[Code::MissingCredentials, Code::InvalidAuthorization, Code::InvalidToken, Code::AccountDeactivated];
/// The organization of the request, and the caller's membership in it.
const ORGANIZATION: &[Code] = &[
    Code::InvalidOrgId,
    Code::OrgIdConflict,
    Code::NotAMember,
    Code::MembershipSuspended,
    Code::MembershipRemoved,
    Code::MembershipInvited,
];
/// Query parameters that take any text, or that have codes of their own.
const UNCHECKED: [&str; 5] = ["org_id", "cursor", "search", "token", "ticket"];

/// Returns the problems of an operation by status, and removes its declaration of them. Any operation that
/// may change something may be refused by the embedding program.
pub fn of(method: &Method, operation: &mut Operation, own: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut found = ALWAYS.to_vec();
    found.extend(declared(operation));
    if method != Method::GET {
        found.extend(BODY);
        found.extend(own);
    }
    found.extend(of_parameters(operation));
    if let Some(scopes) = scopes(operation) {
        found.extend(of_caller(&scopes, has_parameter(operation, "org_id")));
    }
    let mut by_status = BTreeMap::<u16, Vec<Code>>::new();
    for code in Code::ALL.iter().chain(own).filter(|code| found.contains(code)) {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status
}

/// Adds the codes of the embedding program to the schema of codes.
pub fn name_own(own: &[Code], parts: &mut Components) {
    if let Some(RefOr::T(Schema::Object(schema))) = parts.schemas.get_mut(Code::name().as_ref()) {
        schema.enum_values.get_or_insert_default().extend(own.iter().map(|code| code.as_str().into()));
    }
}

fn declared(operation: &mut Operation) -> Vec<Code> {
    let Some(mut extensions) = operation.extensions.take() else { return Vec::new() };
    let declared = extensions.remove(DECLARED);
    operation.extensions = Some(extensions).filter(|rest| !rest.is_empty());
    let texts = declared.as_ref().and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).filter_map(Code::parse).collect()
}

fn of_parameters(operation: &Operation) -> Vec<Code> {
    let mut found = Vec::new();
    if has_parameter(operation, "cursor") {
        found.extend(PAGED);
    }
    let in_query = parameters(operation).filter(|parameter| parameter.parameter_in == ParameterIn::Query);
    if in_query.into_iter().any(|parameter| !UNCHECKED.contains(&parameter.name.as_str())) {
        found.push(Code::ValidationFailed);
    }
    found
}

fn of_caller(scopes: &[String], names_org: bool) -> Vec<Code> {
    let mut found = BEARER.to_vec();
    let is_admin = scopes.iter().any(|scope| scope == PLATFORM_ADMIN);
    if is_admin {
        found.push(Code::PlatformAdminRequired);
    }
    if names_org && !is_admin {
        found.extend(ORGANIZATION);
    }
    if scopes.iter().any(|scope| scope == OWNER) {
        found.push(Code::OwnerRequired);
    }
    if scopes.iter().any(|scope| scope.contains(':')) {
        found.push(Code::PermissionRequired);
    }
    found
}

/// Returns what the credential must allow: permissions, `owner`, `platform_admin`; `None` for a public operation.
fn scopes(operation: &Operation) -> Option<Vec<String>> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let scopes = requirements.pointer("/0/bearer")?.as_array()?;
    Some(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn has_parameter(operation: &Operation, name: &str) -> bool {
    parameters(operation).any(|parameter| parameter.name == name)
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}
