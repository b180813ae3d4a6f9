//! The query why a permission is allowed or denied.

use async_trait::async_trait;
use bailiwick_kernel::UserId;
use bailiwick_rbac::Permission;

use crate::authority::permission::RolesRead;
use crate::authority::{ActiveMember, Permit, granting};
use crate::authz::change::steps;
use crate::authz::explanation::{Explanation, HeldRole};
use crate::authz::target::{Target, find_target};
use crate::ports::{RoleRef, RoleView};
use crate::{Error, Query, Work};

/// Explains a permission of the caller or, with `roles:read`, of another member.
#[derive(Clone, Debug)]
pub struct Explain {
    /// The user; the caller when absent.
    pub user: Option<UserId>,
    /// The permission.
    pub permission: Permission,
}

impl HeldRole {
    fn new(view: &RoleView, permission: &Permission) -> Self {
        let set = &view.permissions;
        let grant = set.decide(permission).grant().cloned();
        let near = set.near_misses(permission).filter(|_| grant.is_none());
        Self {
            role: RoleRef { id: view.id, name: view.name.clone(), level: view.level },
            is_system: view.system.is_some(),
            nearest: near.cloned().collect(),
            grant,
        }
    }
}

#[async_trait]
impl Query for Explain {
    type Proof = ActiveMember;
    type Output = Explanation;

    /// [`bailiwick_orgs::OrgError::NotMember`] for a user who is not a member.
    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<Explanation, Error> {
        let target = find_target(work, self.user).await?;
        let mut explanation = explain(target, &self.permission);
        if !explanation.allowed {
            let roles = roles_that_would_do(work, &explanation).await?;
            explanation.steps = steps(&explanation, roles);
        }
        Ok(explanation)
    }
}

fn explain(target: Target, permission: &Permission) -> Explanation {
    Explanation {
        user: target.user,
        org: target.org,
        permission: permission.clone(),
        allowed: target.verdict.is_ok_and(|context| context.allows(permission)),
        account: target.account,
        membership: target.membership,
        role: target.role.map(|view| HeldRole::new(&view, permission)),
        steps: Vec::new(),
    }
}

/// Returns the other roles that grant the permission, the lowest level first, if the present role
/// does not; `None` if the caller may not see roles.
async fn roles_that_would_do(
    work: &mut Work<'_, ActiveMember>,
    explanation: &Explanation,
) -> Result<Option<Vec<RoleRef>>, Error> {
    if !work.proof.context().allows(RolesRead::permission()) {
        return Ok(None);
    }
    if explanation.role.as_ref().is_some_and(|held| held.grant.is_some()) {
        return Ok(Some(Vec::new()));
    }
    let roles = granting(work.tx.roles().list(explanation.org).await?, &explanation.permission);
    let reference =
        |role: bailiwick_roles::Role| RoleRef { id: role.id, name: role.name.to_string(), level: role.level };
    Ok(Some(roles.into_iter().map(|(role, _)| reference(role)).collect()))
}
