//! The description of the API, as OpenAPI 3.1.

use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::{FieldError, ProblemBody};
use crate::routes::{health, problems};

/// All routes. Each handler describes itself; here they are listed.
#[derive(OpenApi)]
#[openapi(
    info(title = "bailiwick", description = "Identity, organizations, roles and invitations."),
    servers((url = "/", description = "the service"), (url = "/api", description = "the same, under /api")),
    modifiers(&Bearer),
    components(schemas(ProblemBody, FieldError)),
    paths(
        health::alive,
        health::ready,
        health::version,
        problems::list,
        problems::explain,
    ),
)]
pub struct ApiDoc;

/// The credential of all routes that need one.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, description: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}
