//! The query whether a member holds permissions.

use async_trait::async_trait;
use bailiwick_kernel::UserId;
use bailiwick_rbac::Permission;

use crate::authority::ActiveMember;
use crate::authz::target::find_target;
use crate::{Error, Query, Work};

/// Checks each permission for the caller or, with `roles:read`, for another member.
#[derive(Clone, Debug)]
pub struct Check {
    /// The user; the caller when absent.
    pub user: Option<UserId>,
    /// The permissions.
    pub permissions: Vec<Permission>,
}

/// The result of one permission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The permission.
    pub permission: Permission,
    /// Whether it is allowed now.
    pub allowed: bool,
}

#[async_trait]
impl Query for Check {
    type Proof = ActiveMember;
    /// The answers, one per permission, in the order of the request.
    type Output = Vec<Answer>;

    /// [`bailiwick_orgs::OrgError::NotMember`] for a user who is not a member. A user who is only
    /// invited, suspended or deactivated is allowed nothing.
    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<Vec<Answer>, Error> {
        let context = find_target(work, self.user).await?.verdict.ok();
        let answer = |permission: &Permission| Answer {
            permission: permission.clone(),
            allowed: context.as_ref().is_some_and(|context| context.allows(permission)),
        };
        Ok(self.permissions.iter().map(answer).collect())
    }
}
