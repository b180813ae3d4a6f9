//! The description of the API, as OpenAPI 3.1.

use serde_json::Value;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::prefix::Prefix;
use crate::problem::{FieldError, ProblemBody};
use crate::routes::{
    accounts, audit, authz, health, invitations, keys, organizations, passwords, platform, problems, roles,
    sessions, sockets, throttles, users,
};
use crate::socket;

/// Members that hold text for people, or a value as clients see it.
const PROSE: [&str; 3] = ["description", "summary", "example"];

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
        accounts::deactivate_me,
        accounts::me_in_organization,
        sessions::refresh,
        sessions::log_out,
        sessions::log_out_everywhere,
        sessions::my_sessions,
        sessions::end_session,
        passwords::forgot_password,
        passwords::reset_password,
        passwords::change_password,
        passwords::change_email,
        passwords::confirm_email,
        users::delete_user,
        users::activate_user,
        users::deactivate_user,
        users::set_up,
        organizations::my_organizations,
        organizations::create_organization,
        organizations::read_organization,
        organizations::change_organization,
        organizations::delete_organization,
        organizations::list_members,
        organizations::read_member,
        organizations::change_member,
        organizations::remove_member,
        organizations::leave_organization,
        organizations::transfer_ownership,
        roles::list_roles,
        roles::read_role,
        roles::create_role,
        roles::change_role,
        roles::delete_role,
        roles::reorder_roles,
        roles::assign_role,
        roles::list_permissions,
        roles::add_permission,
        roles::protected,
        invitations::invite,
        invitations::invite_many,
        invitations::preview_invitation,
        invitations::sign_up_by_invitation,
        invitations::accept_invitation,
        invitations::decline_invitation,
        invitations::list_received_invitations,
        invitations::accept_received_invitation,
        invitations::decline_received_invitation,
        invitations::list_invitations,
        invitations::read_invitation,
        invitations::resend_invitation,
        invitations::revoke_invitation,
        authz::check_permissions,
        authz::explain_permission,
        authz::who_can,
        audit::list_audit,
        audit::list_platform_audit,
        throttles::unlock_user,
        throttles::spare_user,
        platform::list_users,
        platform::list_organizations,
        platform::list_outbox,
        platform::send_mail,
        sockets::issue_ticket,
        sockets::publish_event,
        socket::connect,
        health::alive,
        health::ready,
        health::version,
        keys::key_set,
        problems::list,
        problems::explain,
    ),
)]
pub struct ApiDoc;

/// The description of a service that users reach under this prefix, as JSON.
pub fn json_under(prefix: &Prefix) -> Result<Vec<u8>, serde_json::Error> {
    let mut description = ApiDoc::openapi();
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
