//! The four roles that every organization has from its creation.

use bailiwick_rbac::Pattern;

use crate::product::beyond;
use crate::{Level, ProductPermissions};

/// A built-in role, which cannot be edited or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SystemRole {
    /// Has all permissions and may transfer the organization.
    Owner,
    /// Administers the organization, without deleting or transferring it.
    Admin,
    /// Reads and writes the product's resources.
    Member,
    /// Reads the product's resources.
    Guest,
}

const ADMIN: &[&str] =
    &["users:*", "roles:*", "invitations:*", "events:*", "audit:read", "org:read", "org:write", "ws:connect"];
const MEMBER_AND_GUEST: &[&str] = &["org:read", "users:read", "roles:read", "ws:connect"];

impl SystemRole {
    /// All system roles, highest level first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Guest];

    /// Returns the stored form, which is also the role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }

    /// Parses the stored form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Returns its level.
    pub const fn level(self) -> Level {
        match self {
            Self::Owner => Level::OWNER,
            Self::Admin => Level::of_system(80),
            Self::Member => Level::of_system(20),
            Self::Guest => Level::of_system(10),
        }
    }

    /// Returns its description.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Owner => "May do everything and hand the organization over",
            Self::Admin => "Manages members, roles and invitations",
            Self::Member => "Reads and writes",
            Self::Guest => "Reads",
        }
    }

    /// Returns the permissions that it grants, including those of the product that uses the service.
    pub fn grants(self, product: ProductPermissions<'_>) -> Vec<Pattern> {
        let (fixed, actions): (&[&str], &[&str]) = match self {
            Self::Owner => (&["*:*"], &[]),
            Self::Admin => (ADMIN, &["*"]),
            Self::Member => (MEMBER_AND_GUEST, &["read", "write"]),
            Self::Guest => (MEMBER_AND_GUEST, &["read"]),
        };
        let fixed = fixed.iter().map(|text| (*text).to_owned());
        let of_resources = product
            .resources
            .iter()
            .flat_map(|resource| actions.iter().map(move |action| format!("{resource}:{action}")));
        let mut grants: Vec<_> =
            fixed.chain(of_resources).filter_map(|text| Pattern::parse(&text).ok()).collect();
        let declared = beyond(&grants, product.declared_for(self));
        grants.extend(declared);
        grants
    }
}

impl std::fmt::Display for SystemRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DeclaredPermission;
    use bailiwick_rbac::{Permission, PermissionSet};

    fn allows(role: SystemRole, permission: &str) -> bool {
        let resources = ["kb".to_owned()];
        let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
        let set = PermissionSet::new(role.grants(product));
        set.allows(&Permission::parse(permission).unwrap())
    }

    #[test]
    fn product_resources_are_granted_by_role() {
        assert!(allows(SystemRole::Admin, "kb:delete"));
        assert!(allows(SystemRole::Member, "kb:write") && !allows(SystemRole::Member, "kb:delete"));
        assert!(allows(SystemRole::Guest, "kb:read") && !allows(SystemRole::Guest, "kb:write"));
    }

    #[test]
    fn a_declared_permission_is_granted_from_its_role_upwards_unless_it_is_covered() {
        let declare = |name: &str, role: SystemRole| {
            DeclaredPermission::new(Permission::parse(name).unwrap(), "Text", role).unwrap()
        };
        let declared = [
            declare("invoices:read", SystemRole::Guest),
            declare("invoices:refund", SystemRole::Admin),
            declare("kb:print", SystemRole::Member),
            declare("invoices:erase", SystemRole::Owner),
        ];
        let resources = ["kb".to_owned()];
        let product = ProductPermissions { resources: &resources, declared: &declared };
        let alone = ProductPermissions { declared: &[], ..product };
        for (role, added) in [
            (SystemRole::Owner, &[][..]),
            (SystemRole::Admin, &["invoices:read", "invoices:refund"]),
            (SystemRole::Member, &["invoices:read", "kb:print"]),
            (SystemRole::Guest, &["invoices:read"]),
        ] {
            let grants = role.grants(product);
            let texts: Vec<_> = grants.iter().skip(role.grants(alone).len()).map(Pattern::as_str).collect();
            assert_eq!(texts, added, "{role}");
        }
    }

    #[test]
    fn only_the_owner_deletes_the_organization() {
        assert!(allows(SystemRole::Owner, "org:delete"));
        assert!(!allows(SystemRole::Admin, "org:delete"));
    }

    #[test]
    fn stored_names_parse_to_the_same_role() {
        for role in SystemRole::ALL {
            assert_eq!(SystemRole::parse(role.as_str()), Some(role));
        }
    }
}
