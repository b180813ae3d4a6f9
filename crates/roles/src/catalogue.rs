//! The catalogue of permissions that are known by name, for lists and checks. A grant may name
//! permissions that are not in it.

use bailiwick_kernel::{IdSource, OrgId, PermissionId, Timestamp};
use bailiwick_rbac::{PatternError, Permission};

use crate::ProductPermissions;

/// A permission in the catalogue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogueEntry {
    /// The entry's id.
    pub id: PermissionId,
    /// The organization that sees it; all organizations if `None`.
    pub org_id: Option<OrgId>,
    /// The permission.
    pub permission: Permission,
    /// Description of what it allows.
    pub description: String,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl CatalogueEntry {
    /// Creates an entry that is private to `org_id`, or global.
    pub fn new(
        org_id: Option<OrgId>,
        permission: Permission,
        description: String,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Self {
        Self { id: PermissionId::generate(ids, now), org_id, permission, description, created_at: now }
    }
}

const BUILT_IN: &[(&str, &[&str])] = &[
    ("org", &["read", "write", "delete"]),
    ("users", &["read", "write", "delete"]),
    ("roles", &["read", "write", "delete"]),
    ("invitations", &["read", "write", "delete"]),
    ("audit", &["read"]),
    ("events", &["publish"]),
    ("ws", &["connect"]),
];
const PRODUCT_ACTIONS: &[&str] = &["read", "write", "delete"];

/// Why a text cannot be the name of a product resource.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ResourceError {
    /// The text is not valid in a permission.
    #[error("{resource:?} cannot name a resource: {reason}")]
    Malformed {
        /// The text.
        resource: String,
        /// The fault of the text.
        reason: PatternError,
    },
    /// The service has a resource of this name. As a product resource it would be granted by the system
    /// roles: `users:write` even to members.
    #[error("{0:?} is a resource of the service itself; choose another name")]
    BuiltIn(String),
}

/// Requires that a text can name a product resource; [`ResourceError`] otherwise.
pub fn check_resource(resource: &str) -> Result<(), ResourceError> {
    if let Err(reason) = Permission::parse(&format!("{resource}:read")) {
        return Err(ResourceError::Malformed { resource: resource.to_owned(), reason });
    }
    if is_built_in(resource) {
        return Err(ResourceError::BuiltIn(resource.to_owned()));
    }
    Ok(())
}

/// Returns whether the service itself has a resource of this name.
pub(crate) fn is_built_in(resource: &str) -> bool {
    BUILT_IN.iter().any(|(built_in, _)| *built_in == resource)
}

/// Returns the initial catalogue: the permissions of the service and of the product with their
/// descriptions. The description of a declaration takes precedence over that of a resource.
pub fn built_in_catalogue(product: ProductPermissions<'_>) -> Vec<(Permission, String)> {
    let built_in = BUILT_IN.iter().map(|(resource, actions)| (*resource, *actions));
    let resources = product.resources.iter().map(|resource| (resource.as_str(), PRODUCT_ACTIONS));
    let mut catalogue: Vec<_> = built_in
        .chain(resources)
        .flat_map(|(resource, actions)| actions.iter().map(move |action| (resource, *action)))
        .filter_map(|(resource, action)| {
            let permission = Permission::parse(&format!("{resource}:{action}")).ok()?;
            Some((permission, format!("May {action} {resource}")))
        })
        .collect();
    for declared in product.declared {
        catalogue.retain(|(permission, _)| permission != declared.permission());
        catalogue.push((declared.permission().clone(), declared.description().to_owned()));
    }
    catalogue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeclaredPermission, SystemRole};

    #[test]
    fn malformed_and_built_in_resource_names_are_refused() {
        for name in ["kb", "reports_2.x-y"] {
            check_resource(name).unwrap();
        }
        for name in ["", "a b", "a:b", "*", "k*b", "caf\u{e9}", &"x".repeat(65)] {
            assert!(matches!(check_resource(name), Err(ResourceError::Malformed { .. })), "{name}");
        }
        for name in ["users", "org", "ws"] {
            assert_eq!(check_resource(name), Err(ResourceError::BuiltIn(name.to_owned())));
        }
    }

    #[test]
    fn the_catalogue_has_the_built_in_and_the_product_resources() {
        let resources = ["kb".to_owned()];
        let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
        let names: Vec<_> =
            built_in_catalogue(product).into_iter().map(|(permission, _)| permission.to_string()).collect();
        assert_eq!(names.len(), 12 + 3 + 3);
        for name in ["org:delete", "audit:read", "events:publish", "ws:connect", "kb:delete"] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn a_declaration_describes_its_permission() {
        let resources = ["kb".to_owned()];
        let declare = |name: &str, text: &str| {
            DeclaredPermission::new(Permission::parse(name).unwrap(), text, SystemRole::Guest).unwrap()
        };
        let declared = [declare("kb:read", "Read articles"), declare("invoices:refund", "Refund invoices")];
        let catalogue = built_in_catalogue(ProductPermissions { resources: &resources, declared: &declared });
        let of = |name: &str| {
            let found = catalogue.iter().filter(|(permission, _)| permission.as_str() == name);
            found.map(|(_, text)| text.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of("kb:read"), ["Read articles"]);
        assert_eq!(of("kb:write"), ["May write kb"]);
        assert_eq!(of("invoices:refund"), ["Refund invoices"]);
        assert_eq!(of("invoices:read"), Vec::<&str>::new(), "no other action");
    }
}
