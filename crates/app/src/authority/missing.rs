//! A permission that is missing, with what helps its asker on.

use std::fmt;

use bailiwick_kernel::OrgId;
use bailiwick_rbac::{Pattern, Permission, PermissionSet};
use bailiwick_roles::{Role, RoleRepo};

use crate::authority::permission::RolesRead;
use crate::authority::{Denial, MemberContext, Permit};

/// So many grants and so many roles are named at most.
const NAMED: usize = 3;

/// A permission that the role does not grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// What is required.
    pub required: Permission,
    /// What the role grants on the same resource, as granted; the first three.
    pub nearest: Vec<Pattern>,
    /// The names of roles; `None` for who may not see roles.
    pub roles: Option<RoleNames>,
}

/// Roles by name, for who may see roles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleNames {
    /// The role that does not grant it.
    pub own: String,
    /// Roles of the organization that do, the lowest level first; three at most,
    /// and none where nobody has looked.
    pub granting: Vec<String>,
}

impl Missing {
    pub(super) fn from(context: &MemberContext, required: &Permission) -> Self {
        let sees_roles = context.allows(RolesRead::permission());
        Self {
            required: required.clone(),
            nearest: context.role.permissions.on_resource_of(required).take(NAMED).cloned().collect(),
            roles: sees_roles.then(|| RoleNames { own: context.role.name.clone(), granting: Vec::new() }),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is required", self.required)
    }
}

/// As [`MemberContext::require`]; who may see roles learns from a refusal which would do.
pub(crate) async fn require(
    context: &MemberContext,
    required: &Permission,
    roles: &mut dyn RoleRepo,
) -> Result<(), Denial> {
    match context.require(required) {
        Err(denial) if denial.names_roles() => Err(denial.with_roles(context.org, roles).await),
        verdict => verdict,
    }
}

impl Denial {
    /// Whether it is worth a read to know the roles that would do.
    pub(super) fn names_roles(&self) -> bool {
        matches!(self, Self::Missing(missing) if missing.roles.is_some())
    }

    /// The same with the roles that would do. It stands without them where they
    /// cannot be read.
    pub(super) async fn with_roles(mut self, org: OrgId, roles: &mut dyn RoleRepo) -> Self {
        if let Self::Missing(missing) = &mut self
            && let Some(names) = &mut missing.roles
        {
            let found = roles.list(org).await.unwrap_or_default();
            let granting = granting(found, &missing.required).into_iter().take(NAMED);
            names.granting = granting.map(|(role, _)| role.name.to_string()).collect();
        }
        self
    }
}

/// Those of `roles` that grant `required`, the lowest level first, each with the
/// grant that matches.
pub(crate) fn granting(mut roles: Vec<Role>, required: &Permission) -> Vec<(Role, Pattern)> {
    roles.sort_by_key(|role| role.level);
    roles.into_iter().filter_map(|role| matching(&role, required).map(|grant| (role, grant))).collect()
}

fn matching(role: &Role, required: &Permission) -> Option<Pattern> {
    PermissionSet::new(role.permissions.iter().cloned()).decide(required).grant().cloned()
}
