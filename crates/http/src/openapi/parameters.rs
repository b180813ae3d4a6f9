//! Parameters that mean the same in every operation: their descriptions and schemas.

use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::{Ref, RefOr};

/// Name, description, and the named schema where the type alone does not say what is accepted.
const COMMON: &[(&str, &str, Option<&str>)] = &[
    ("org_id", "The organization.", None),
    ("user_id", "The user.", None),
    ("role_id", "The role.", None),
    ("invitation_id", "The invitation.", None),
    ("session_id", "The session.", None),
    ("mail_id", "The mail.", None),
    ("search", "Part of a name or an address, in any case.", None),
    ("limit", "Maximum number of items on the page.", Some("PageLimit")),
    ("cursor", "`next_cursor` of the page before, with the same filters.", Some("CursorParameter")),
];

/// Completes the parameters of an operation.
pub fn complete(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some((_, text, schema)) = COMMON.iter().find(|(name, ..)| *name == parameter.name) {
            complete_one(parameter, text, *schema);
        }
    }
}

fn complete_one(parameter: &mut Parameter, text: &str, schema: Option<&str>) {
    parameter.description.get_or_insert_with(|| text.to_owned());
    if let Some(name) = schema {
        parameter.schema = Some(Ref::from_schema_name(name).into());
    }
}
