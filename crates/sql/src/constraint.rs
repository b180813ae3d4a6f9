//! Maps a violated constraint to the rule behind it, for both databases. PostgreSQL names the
//! constraint; SQLite names the columns of a unique one, and nothing for a foreign key.

use diesel::result::{DatabaseErrorKind as Kind, Error};

/// A rule that a constraint of the schema enforces and a request can violate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// One account per address.
    UserEmail,
    /// One organization per slug.
    OrgSlug,
    /// One role per name in an organization.
    RoleName,
    /// One role per level in an organization.
    RoleLevel,
    /// One membership per account and organization.
    OneMembership,
    /// One pending invitation per address and organization.
    OnePending,
    /// The role belongs to the organization.
    RoleOfOrg,
    /// The organization or the account referred to exists.
    Reference,
    /// A row referred to exists. SQLite does not say which. Its transaction stays usable, so the
    /// caller can query for it.
    SomeReference,
}

const UNIQUE: &[(Rule, &str, &str)] = &[
    (Rule::UserEmail, "users_email_key", "users.email"),
    (Rule::OrgSlug, "organizations_slug_key", "organizations.slug"),
    (Rule::RoleName, "roles_name_key", "roles.org_id, roles.name_key"),
    (Rule::RoleLevel, "roles_level_key", "roles.org_id, roles.level"),
    (Rule::OneMembership, "memberships_pkey", "memberships.org_id, memberships.user_id"),
    (Rule::OnePending, "invitations_pending_key", "invitations.org_id, invitations.email"),
];
const REFERENCES: &[(Rule, &str)] = &[
    (Rule::RoleOfOrg, "memberships_role_fkey"),
    (Rule::RoleOfOrg, "invitations_role_fkey"),
    (Rule::Reference, "memberships_org_fkey"),
    (Rule::Reference, "memberships_user_fkey"),
    (Rule::Reference, "invitations_org_fkey"),
    (Rule::Reference, "roles_org_fkey"),
    (Rule::Reference, "permissions_org_fkey"),
    (Rule::Reference, "sessions_user_fkey"),
    (Rule::Reference, "one_time_secrets_user_fkey"),
    (Rule::Reference, "account_links_user_fkey"),
];

/// Returns the rule that a failed statement violated, if it is one of these.
pub fn broken_rule(error: &Error) -> Option<Rule> {
    let Error::DatabaseError(kind, info) = error else {
        return None;
    };
    match (kind, info.constraint_name()) {
        (Kind::UniqueViolation, Some(name)) => unique(|(_, constraint, _)| *constraint == name),
        (Kind::UniqueViolation, None) => {
            let columns = info.message().strip_prefix("UNIQUE constraint failed: ")?;
            unique(|(_, _, listed)| *listed == columns)
        }
        (Kind::ForeignKeyViolation, Some(name)) => {
            REFERENCES.iter().find(|(_, constraint)| *constraint == name).map(|(rule, _)| *rule)
        }
        (Kind::ForeignKeyViolation, None) => Some(Rule::SomeReference),
        _ => None,
    }
}

fn unique(is_it: impl Fn(&&(Rule, &str, &str)) -> bool) -> Option<Rule> {
    UNIQUE.iter().find(is_it).map(|(rule, _, _)| *rule)
}
