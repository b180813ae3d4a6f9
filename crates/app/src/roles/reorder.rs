//! Reordering roles.

use async_trait::async_trait;
use bailiwick_roles::{Role, RoleOrder, with_levels_in_order};

use crate::audit::{Action, AuditEvent};
use crate::authority::Allow;
use crate::authority::permission::RolesWrite;
use crate::{Command, Error, Work};

/// Reorders custom roles: redistributes the levels that they have together, the highest to the first,
/// and returns them in this order. Other roles and all grants stay as they are.
#[derive(Clone, Debug)]
pub struct ReorderRoles {
    /// The roles, highest first.
    pub order: RoleOrder,
}

#[async_trait]
impl Command for ReorderRoles {
    type Proof = Allow<RolesWrite>;
    type Output = Vec<Role>;
    const ALTERS_AUTHORITY: bool = true;

    /// Requires that the caller may edit each of the roles, so all of their levels are below the
    /// caller's. [`bailiwick_roles::RoleError::NoFreeLevel`] if the exchange needs a free level and
    /// none is free.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Vec<Role>, Error> {
        let context = work.proof.context().clone();
        let roles = self.order.pick(&work.tx.roles().list(context.org).await?)?;
        for role in &roles {
            context.holder().may_touch(role)?;
        }
        let reordered = with_levels_in_order(&roles);
        let levels: Vec<_> = reordered.iter().map(|role| (role.id, role.level)).collect();
        work.tx.roles().set_levels(context.org, &levels).await?;
        for (was, is) in roles.iter().zip(&reordered) {
            let event = AuditEvent::new(Action::RoleUpdate, is.id);
            work.audit_changes(event.change("level", &was.level, &is.level));
        }
        Ok(reordered)
    }
}
