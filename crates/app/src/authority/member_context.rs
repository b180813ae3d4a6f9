//! The membership of the caller in an organization.

use std::sync::Arc;

use bailiwick_kernel::{OrgId, UserId};
use bailiwick_rbac::{Decision, Permission};
use bailiwick_roles::{Holder, SystemRole};

use crate::authority::{Denial, Missing};
use crate::ports::RoleView;

/// The authority of an active member at the time of the check: the request context of a handler.
#[derive(Clone, Debug)]
pub struct MemberContext {
    /// The user.
    pub user: UserId,
    /// The organization.
    pub org: OrgId,
    /// The role of the member, with its grants.
    pub role: Arc<RoleView>,
}

impl MemberContext {
    /// Whether the role is that of an owner.
    pub fn is_owner(&self) -> bool {
        self.role.system == Some(SystemRole::Owner)
    }

    /// The authority in the form that the rules of roles use.
    pub fn holder(&self) -> Holder<'_> {
        Holder { level: self.role.level, is_owner: self.is_owner(), permissions: &self.role.permissions }
    }

    /// Returns the grant that allows `required`, or what is missing.
    pub fn decide<'a>(&'a self, required: &'a Permission) -> Decision<'a> {
        self.role.permissions.decide(required)
    }

    /// Whether the role grants `required`.
    pub fn allows(&self, required: &Permission) -> bool {
        self.decide(required).is_allowed()
    }

    /// [`Denial::Missing`] unless the role grants `required`.
    pub fn require(&self, required: &Permission) -> Result<(), Denial> {
        match self.decide(required) {
            Decision::Allowed { .. } => Ok(()),
            Decision::Missing { .. } => Err(Denial::Missing(Box::new(Missing::from(self, required)))),
        }
    }

    /// [`Denial::OwnerRequired`] unless the role is that of an owner.
    pub fn require_owner(&self) -> Result<(), Denial> {
        if self.is_owner() { Ok(()) } else { Err(Denial::OwnerRequired) }
    }
}
