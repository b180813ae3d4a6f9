//! Missing permissions, with hints for the caller.

use std::fmt;

use bailiwick_kernel::OrgId;
use bailiwick_rbac::{Pattern, Permission, PermissionSet};
use bailiwick_roles::{Role, RoleRepo};

use crate::authority::permission::RolesRead;
use crate::authority::{Denial, MemberContext, Permit};

/// Maximum number of grants and of roles that are named.
const NAMED: usize = 3;

/// A permission that the role does not grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The required permission.
    pub required: Permission,
    /// The first three grants of the role on the same resource, as granted.
    pub nearest: Vec<Pattern>,
    /// The names of roles; `None` if the caller may not see roles.
    pub roles: Option<RoleNames>,
}

/// Names of roles, for a caller who may see roles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleNames {
    /// The role of the caller, which does not grant it.
    pub own: String,
    /// Up to three roles of the organization that grant it, the lowest level first; empty if they
    /// were not loaded.
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

/// As [`MemberContext::require`]; for a caller who may see roles the denial names the roles that
/// grant it.
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
    /// Whether the denial may name the roles that grant the permission.
    pub(super) fn names_roles(&self) -> bool {
        matches!(self, Self::Missing(missing) if missing.roles.is_some())
    }

    /// Adds the names of the roles that grant the permission; leaves them out if they cannot be
    /// read.
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

/// Returns those of `roles` that grant `required`, the lowest level first, each with the matching
/// grant.
pub(crate) fn granting(mut roles: Vec<Role>, required: &Permission) -> Vec<(Role, Pattern)> {
    roles.sort_by_key(|role| role.level);
    roles.into_iter().filter_map(|role| matching(&role, required).map(|grant| (role, grant))).collect()
}

fn matching(role: &Role, required: &Permission) -> Option<Pattern> {
    PermissionSet::new(role.permissions.iter().cloned()).decide(required).grant().cloned()
}
