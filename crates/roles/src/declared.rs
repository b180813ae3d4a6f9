//! Permissions that the product declares one by one, each with the lowest system role that holds it.

use bailiwick_kernel::{is_unprintable, trimmed};
use bailiwick_rbac::{PatternError, Permission};

use crate::catalogue::is_built_in;
use crate::{ProductPermissions, SystemRole};

/// Largest number of characters of a description.
const MAX_DESCRIPTION: usize = 200;

/// A permission of the product. The named system role and all system roles above it hold it, in
/// organizations that exist too: the next start grants it to them. No start takes a permission away, so
/// a declaration that is removed, or moved to a higher role, leaves the stored grants as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeclaredPermission {
    permission: Permission,
    description: String,
    role: SystemRole,
}

/// Why a permission cannot be declared.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeclarationError {
    /// The text is not a permission without wildcards.
    #[error("{name:?} cannot be declared: {reason}")]
    Malformed {
        /// The text.
        name: String,
        /// The fault of the text.
        reason: PatternError,
    },
    /// The service has the resource. A new action of it could grant what the service guards: `users:purge`
    /// would be matched by the grants `users:*` that roles hold already.
    #[error("{0} is of a resource of the service itself; choose another resource")]
    BuiltIn(Permission),
    /// The description cannot be used.
    #[error("the description of {permission} {reason}")]
    Description {
        /// The permission.
        permission: Permission,
        /// The fault of the description.
        reason: DescriptionError,
    },
    /// The permission is declared twice, and the declarations differ.
    #[error("{0} is declared twice, with different roles or descriptions; declare it once")]
    Conflict(Permission),
    /// A resource of the product grants the permission to a lower role than the declared one.
    #[error(
        "{permission} is declared for the role {declared}, but the resource {} is configured too and grants it to the \
         role {granted}; declare it for that role, or remove the resource", .permission.resource()
    )]
    GrantedBelow {
        /// The permission.
        permission: Permission,
        /// The role of the declaration.
        declared: SystemRole,
        /// The lowest role that the resource grants it to.
        granted: SystemRole,
    },
}

/// Why a text cannot describe a permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DescriptionError {
    /// It is empty, or has only white space.
    #[error("is empty; say what the permission allows")]
    Empty,
    /// It is too long.
    #[error("has more than {MAX_DESCRIPTION} characters; shorten it")]
    TooLong,
    /// It has a line break, another control character, or a mark that reorders text.
    #[error("has a line break or another control character; write one line")]
    Unprintable,
}

impl DeclaredPermission {
    /// Declares a permission for `role` and all system roles above it. The description is trimmed, and
    /// has 1 to 200 characters in one line. A [`DeclarationError`] if the permission is of a resource of
    /// the service, or the description is faulty.
    pub fn new(
        permission: Permission,
        description: &str,
        role: SystemRole,
    ) -> Result<Self, DeclarationError> {
        if is_built_in(permission.resource()) {
            return Err(DeclarationError::BuiltIn(permission));
        }
        match check_description(description) {
            Ok(description) => Ok(Self { permission, description, role }),
            Err(reason) => Err(DeclarationError::Description { permission, reason }),
        }
    }

    /// The permission.
    pub fn permission(&self) -> &Permission {
        &self.permission
    }

    /// Description of what it allows.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The lowest system role that holds it.
    pub fn role(&self) -> SystemRole {
        self.role
    }

    /// Returns whether the system role is to hold the permission.
    pub fn is_for(&self, role: SystemRole) -> bool {
        role.level() >= self.role.level()
    }
}

/// Parses the name of a permission that may be declared; [`DeclarationError::Malformed`] or
/// [`DeclarationError::BuiltIn`] otherwise.
pub fn check_declared_name(name: &str) -> Result<Permission, DeclarationError> {
    match Permission::parse(name) {
        Ok(permission) if is_built_in(permission.resource()) => Err(DeclarationError::BuiltIn(permission)),
        Ok(permission) => Ok(permission),
        Err(reason) => Err(DeclarationError::Malformed { name: name.to_owned(), reason }),
    }
}

/// Trims a description and checks it.
pub fn check_description(text: &str) -> Result<String, DescriptionError> {
    let text = trimmed(text);
    if text.is_empty() {
        return Err(DescriptionError::Empty);
    }
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(DescriptionError::TooLong);
    }
    if text.chars().any(is_unprintable) {
        return Err(DescriptionError::Unprintable);
    }
    Ok(text.to_owned())
}

/// Requires that no declaration contradicts another one or a resource of the product.
pub(crate) fn check_together(product: ProductPermissions<'_>) -> Result<(), DeclarationError> {
    for (place, one) in product.declared.iter().enumerate() {
        let same = |other: &&DeclaredPermission| other.permission == one.permission;
        if product.declared.iter().take(place).find(same).is_some_and(|other| other != one) {
            return Err(DeclarationError::Conflict(one.permission.clone()));
        }
        if let Some(granted) = lowest_by_resource(product, &one.permission)
            && !one.is_for(granted)
        {
            return Err(DeclarationError::GrantedBelow {
                permission: one.permission.clone(),
                declared: one.role,
                granted,
            });
        }
    }
    Ok(())
}

/// Returns the lowest system role that holds the permission without its declaration.
fn lowest_by_resource(product: ProductPermissions<'_>, permission: &Permission) -> Option<SystemRole> {
    let by_resources = ProductPermissions { declared: &[], ..product };
    let holds = |role: &SystemRole| role.grants(by_resources).iter().any(|grant| grant.matches(permission));
    SystemRole::ALL.into_iter().rev().find(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, description: &str, role: SystemRole) -> DeclaredPermission {
        DeclaredPermission::new(Permission::parse(name).unwrap(), description, role).unwrap()
    }

    fn together(resources: &[&str], declared: &[DeclaredPermission]) -> Result<(), String> {
        let resources: Vec<_> = resources.iter().map(|name| (*name).to_owned()).collect();
        let product = ProductPermissions { resources: &resources, declared };
        product.check().map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_is_a_permission_without_wildcards_of_a_resource_of_the_product() {
        assert_eq!(check_declared_name("invoices:read").unwrap().as_str(), "invoices:read");
        for (name, message) in [
            ("invoices", "\"invoices\" cannot be declared: "),
            ("invoices:*", "\"invoices:*\" cannot be declared: "),
            ("in voices:read", "\"in voices:read\" cannot be declared: "),
            ("", "\"\" cannot be declared: "),
            ("users:purge", "users:purge is of a resource of the service itself; choose another resource"),
        ] {
            let error = check_declared_name(name).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        for resource in ["org", "users", "roles", "invitations", "audit", "events", "ws"] {
            let permission = Permission::parse(&format!("{resource}:purge")).unwrap();
            let error = DeclaredPermission::new(permission.clone(), "Purge", SystemRole::Owner);
            assert_eq!(error, Err(DeclarationError::BuiltIn(permission)));
        }
    }

    #[test]
    fn a_description_is_one_line_of_at_most_200_characters() {
        assert_eq!(check_description(" See invoices\t").unwrap(), "See invoices");
        assert_eq!(check_description(&"\u{fc}".repeat(200)).unwrap().chars().count(), 200);
        for (text, fault) in [
            ("", DescriptionError::Empty),
            (" \u{200b}\n", DescriptionError::Empty),
            ("a\nb", DescriptionError::Unprintable),
            ("a\u{0}b", DescriptionError::Unprintable),
            ("a\u{202e}b", DescriptionError::Unprintable),
            (&"\u{fc}".repeat(201), DescriptionError::TooLong),
        ] {
            assert_eq!(check_description(text), Err(fault), "{text:?}");
        }
        let permission = Permission::parse("invoices:read").unwrap();
        let error = DeclaredPermission::new(permission, "", SystemRole::Guest).unwrap_err();
        let message = "the description of invoices:read is empty; say what the permission allows";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_permission_declared_twice_is_declared_the_same() {
        let guest = declared("invoices:read", "See invoices", SystemRole::Guest);
        let other = declared("invoices:refund", "Refund invoices", SystemRole::Guest);
        together(&["kb"], &[guest.clone(), other.clone(), guest.clone()]).unwrap();
        let message =
            "invoices:read is declared twice, with different roles or descriptions; declare it once";
        for second in [
            declared("invoices:read", "See invoices", SystemRole::Member),
            declared("invoices:read", "See all invoices", SystemRole::Guest),
        ] {
            assert_eq!(together(&[], &[guest.clone(), other.clone(), second]).unwrap_err(), message);
        }
    }

    #[test]
    fn a_resource_grants_a_declared_permission_to_no_lower_role() {
        for (name, role) in [
            ("kb:read", SystemRole::Guest),
            ("kb:write", SystemRole::Member),
            ("kb:write", SystemRole::Guest),
            ("kb:refund", SystemRole::Admin),
        ] {
            together(&["kb"], &[declared(name, "Text", role)]).unwrap();
        }
        for (name, role, granted) in [
            ("kb:read", SystemRole::Member, "guest"),
            ("kb:write", SystemRole::Admin, "member"),
            ("kb:refund", SystemRole::Owner, "admin"),
        ] {
            let error = together(&["kb"], &[declared(name, "Text", role)]).unwrap_err();
            let message = format!(
                "{name} is declared for the role {role}, but the resource kb is configured too and grants it to the \
                 role {granted}; declare it for that role, or remove the resource"
            );
            assert_eq!(error, message);
        }
    }
}
