//! The four roles that every organization has from its creation.

use bailiwick_rbac::Pattern;

use crate::Level;

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

    /// Returns the permissions that it grants. `resources` are those of the product that uses the service,
    /// from the configuration.
    pub fn grants(self, resources: &[String]) -> Vec<Pattern> {
        let (fixed, product): (&[&str], &[&str]) = match self {
            Self::Owner => (&["*:*"], &[]),
            Self::Admin => (ADMIN, &["*"]),
            Self::Member => (MEMBER_AND_GUEST, &["read", "write"]),
            Self::Guest => (MEMBER_AND_GUEST, &["read"]),
        };
        let fixed = fixed.iter().map(|text| (*text).to_owned());
        let product = resources
            .iter()
            .flat_map(|resource| product.iter().map(move |action| format!("{resource}:{action}")));
        fixed.chain(product).filter_map(|text| Pattern::parse(&text).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_rbac::{Permission, PermissionSet};

    fn allows(role: SystemRole, permission: &str) -> bool {
        let set = PermissionSet::new(role.grants(&["kb".to_owned()]));
        set.allows(&Permission::parse(permission).unwrap())
    }

    #[test]
    fn product_resources_are_granted_by_role() {
        assert!(allows(SystemRole::Admin, "kb:delete"));
        assert!(allows(SystemRole::Member, "kb:write") && !allows(SystemRole::Member, "kb:delete"));
        assert!(allows(SystemRole::Guest, "kb:read") && !allows(SystemRole::Guest, "kb:write"));
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
