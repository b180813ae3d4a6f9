//! The permissions of the product that uses the service.

use bailiwick_rbac::{Pattern, Permission};

use crate::declared::check_together;
use crate::{DeclarationError, DeclaredPermission, Role, SystemRole};

/// The product's own permissions, from the configuration: those of whole resources, and those that are
/// declared one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProductPermissions<'a> {
    /// Names of resources. [`check_resource`](crate::check_resource) has accepted them; repeated ones
    /// count once.
    pub resources: &'a [String],
    /// Permissions that are declared one by one.
    pub declared: &'a [DeclaredPermission],
}

/// A permission that a system role is to hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequiredGrant {
    /// The system role.
    pub role: SystemRole,
    /// The permission.
    pub permission: Permission,
}

impl<'a> ProductPermissions<'a> {
    /// Requires that no declaration contradicts another one or a resource; [`DeclarationError`] otherwise.
    pub fn check(self) -> Result<(), DeclarationError> {
        check_together(self)
    }

    /// Returns the declared permissions with each system role that is to hold them, except the owner,
    /// who holds all.
    pub fn required_grants(self) -> Vec<RequiredGrant> {
        let roles = || SystemRole::ALL.into_iter().filter(|role| *role != SystemRole::Owner);
        roles()
            .flat_map(|role| self.declared_for(role).map(move |permission| (role, permission)))
            .map(|(role, permission)| RequiredGrant { role, permission: permission.clone() })
            .collect()
    }

    /// Returns the declared permissions that the role is to hold and does not; none if it is a custom role.
    pub fn missing_in(self, role: &Role) -> Vec<Pattern> {
        let declared = role.system.into_iter().flat_map(|system| self.declared_for(system));
        beyond(&role.permissions, declared)
    }

    /// Returns the declared permissions that a system role is to hold.
    pub(crate) fn declared_for(self, role: SystemRole) -> impl Iterator<Item = &'a Permission> {
        let declared = self.declared.iter().filter(move |declared| declared.is_for(role));
        declared.map(DeclaredPermission::permission)
    }
}

/// Returns the permissions that no grant matches, each once.
pub(crate) fn beyond<'p>(
    grants: &[Pattern],
    permissions: impl Iterator<Item = &'p Permission>,
) -> Vec<Pattern> {
    let mut missing: Vec<Pattern> = Vec::new();
    for permission in permissions {
        if !grants.iter().chain(&missing).any(|grant| grant.matches(permission)) {
            missing.push(permission.clone().into());
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use bailiwick_kernel::{DisplayName, OrgId, RoleId, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn role(system: Option<SystemRole>, grants: &[&str]) -> Role {
        Role {
            id: RoleId::from_stored(Uuid::nil()),
            org_id: OrgId::from_stored(Uuid::nil()),
            name: DisplayName::parse("Role").unwrap(),
            description: String::new(),
            level: SystemRole::Admin.level(),
            system,
            permissions: grants.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
            created_at: Timestamp::from_unix_seconds(0).unwrap(),
        }
    }

    fn declared() -> [DeclaredPermission; 3] {
        let declare = |name: &str, role: SystemRole| {
            DeclaredPermission::new(Permission::parse(name).unwrap(), "Text", role).unwrap()
        };
        [
            declare("invoices:read", SystemRole::Guest),
            declare("invoices:refund", SystemRole::Admin),
            declare("invoices:erase", SystemRole::Owner),
        ]
    }

    #[test]
    fn the_owner_requires_no_grant_because_the_owner_holds_all() {
        let required = ProductPermissions { resources: &[], declared: &declared() }.required_grants();
        let names: Vec<_> =
            required.iter().map(|grant| format!("{} {}", grant.role, grant.permission)).collect();
        let expected =
            ["admin invoices:read", "admin invoices:refund", "member invoices:read", "guest invoices:read"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_role_lacks_what_no_grant_matches() {
        let declared = declared();
        let product = ProductPermissions { resources: &[], declared: &declared };
        for (system, grants, missing) in [
            (Some(SystemRole::Admin), &["users:*"][..], &["invoices:read", "invoices:refund"][..]),
            (Some(SystemRole::Admin), &["*:refund"], &["invoices:read"]),
            (Some(SystemRole::Admin), &["invoices:*"], &[]),
            (Some(SystemRole::Guest), &["invoices:readable"], &["invoices:read"]),
            (Some(SystemRole::Owner), &["*:*"], &[]),
            (None, &[], &[]),
        ] {
            let found = product.missing_in(&role(system, grants));
            assert_eq!(found.iter().map(Pattern::as_str).collect::<Vec<_>>(), missing, "{grants:?}");
        }
    }
}
