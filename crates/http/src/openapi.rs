//! The description of the API, as OpenAPI 3.1.

mod examples;
mod operations;
mod pages;
mod parameters;
mod problems;
mod responses;

use serde_json::Value;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::dto::values;
use crate::prefix::Prefix;
use crate::problem::{Code, FieldError, ProblemBody};
use crate::routes;

/// Members that hold text for people, or a value as clients see it.
const PROSE: [&str; 5] = ["description", "summary", "example", "hint", "type"];

/// The description of all operations.
pub struct ApiDoc;

/// The parts of the description that are not about one operation.
#[derive(OpenApi)]
#[openapi(
    info(title = "bailiwick", description = "Identity, organizations, roles and invitations."),
    tags(
        (name = "accounts", description = "Sign-up, login and the caller's account."),
        (name = "sessions", description = "Sessions and their tokens."),
        (name = "passwords", description = "Changes of passwords and addresses."),
        (name = "users", description = "Administration of accounts."),
        (name = "organizations", description = "Organizations."),
        (name = "members", description = "Members of an organization."),
        (name = "roles", description = "Roles, their assignment, and the catalogue of permissions."),
        (name = "invitations", description = "Invitations to an organization."),
        (name = "authority", description = "Questions about authority."),
        (name = "audit", description = "The audit trail of an organization."),
        (name = "platform", description = "All accounts and organizations, for administrators of the platform."),
        (name = "sockets", description = "Live events by WebSocket."),
        (name = "service", description = "The service itself."),
    ),
    servers((url = "/", description = "the service"), (url = "/api", description = "the same, under /api")),
    modifiers(&Bearer),
    components(schemas(
        ProblemBody,
        FieldError,
        values::Cursor,
        values::CursorParameter,
        values::PageLimit,
        values::AuditActions,
        values::CatalogueScope,
    )),
)]
struct Frame;

impl OpenApi for ApiDoc {
    fn openapi() -> Description {
        with_own(&[])
    }
}

/// The description of all operations, with the problems that the embedding program defines.
fn with_own(own: &[Code]) -> Description {
    let operations = routes::operations().into_iter().map(|operation| (operation.describe)());
    let mut description = operations.fold(Frame::openapi(), Description::merge_from);
    complete(&mut description, own);
    description
}

/// Adds what follows from the form of the operations: common parameters, problems, descriptions,
/// examples.
fn complete(description: &mut Description, own: &[Code]) {
    let mut parts = description.components.take().unwrap_or_default();
    pages::complete(&mut parts);
    problems::name_own(own, &mut parts);
    operations::each(description, |method, operation| {
        // Without a requirement the operation would look as if it had been forgotten.
        operation.security.get_or_insert_default();
        parameters::complete(operation);
        let problems = problems::of(method, operation, own);
        responses::set_problems(operation, &problems, &mut parts);
        responses::complete(operation, &mut parts);
        examples::complete(operation, &parts);
    });
    description.components = Some(parts);
}

impl ApiDoc {
    /// Returns the description of a service at the root of its host, as JSON.
    pub fn json() -> Result<Vec<u8>, serde_json::Error> {
        json_under(&Prefix::default(), &[])
    }
}

/// The description of a service that users reach under this prefix, with the problems that the
/// embedding program defines, as JSON.
pub fn json_under(prefix: &Prefix, own: &[Code]) -> Result<Vec<u8>, serde_json::Error> {
    let mut description = with_own(own);
    if prefix.as_str().is_empty() {
        return serde_json::to_vec(&description);
    }
    for server in description.servers.iter_mut().flatten() {
        server.url = format!("{}{}", prefix.as_str(), server.url.trim_end_matches('/'));
    }
    let mut json = serde_json::to_value(&description)?;
    apply(prefix, &mut json);
    serde_json::to_vec(&json)
}

/// Puts the prefix before the paths that texts and examples name. Keys of `paths` are relative to
/// `servers` and stay.
fn apply(prefix: &Prefix, json: &mut Value) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if PROSE.contains(&name.as_str()) => {
                        *text = prefix.applied(text).into_owned();
                    }
                    value => apply(prefix, value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| apply(prefix, item)),
        _ => {}
    }
}

/// The credential of all routes that need one.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
