//! The description of the API, as OpenAPI 3.1.

use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::{FieldError, ProblemBody};
use crate::routes::{accounts, health, invitations, organizations, problems, roles};

/// All routes. Each handler describes itself; here they are listed.
#[derive(OpenApi)]
#[openapi(
    info(title = "bailiwick", description = "Identity, organizations, roles and invitations."),
    servers((url = "/", description = "the service"), (url = "/api", description = "the same, under /api")),
    modifiers(&Bearer),
    components(schemas(ProblemBody, FieldError)),
    paths(
        accounts::sign_up,
        accounts::log_in,
        accounts::verify_email,
        accounts::resend_verification,
        accounts::me,
        accounts::rename_me,
        accounts::me_in_organization,
        organizations::my_organizations,
        organizations::create,
        organizations::read,
        organizations::change,
        organizations::remove,
        organizations::list_members,
        organizations::read_member,
        organizations::change_member,
        organizations::remove_member,
        organizations::leave,
        organizations::transfer,
        roles::list,
        roles::read,
        roles::create,
        roles::change,
        roles::remove,
        roles::assign,
        roles::list_permissions,
        roles::add_permission,
        roles::protected,
        invitations::invite,
        invitations::invite_many,
        invitations::preview,
        invitations::sign_up,
        invitations::accept,
        invitations::decline,
        invitations::list,
        invitations::read,
        invitations::resend,
        invitations::revoke,
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
