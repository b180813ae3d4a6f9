//! May somebody do each of these?

use async_trait::async_trait;
use bailiwick_kernel::UserId;
use bailiwick_rbac::Permission;

use crate::authority::ActiveMember;
use crate::authz::target::find_target;
use crate::{Error, Query, Work};

/// Asks for each permission whether somebody has it now: oneself, or with
/// `roles:read` another member.
#[derive(Clone, Debug)]
pub struct Check {
    /// About whom; oneself when absent.
    pub user: Option<UserId>,
    /// Which permissions.
    pub permissions: Vec<Permission>,
}

/// The answer for one permission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Which.
    pub permission: Permission,
    /// Whether it would be allowed now.
    pub allowed: bool,
}

#[async_trait]
impl Query for Check {
    type Proof = ActiveMember;
    /// In the order target.
    type Output = Vec<Answer>;

    /// [`bailiwick_orgs::OrgError::NotMember`] for somebody who is no member;
    /// one who is only invited, suspended or switched off may do nothing.
    async fn execute(&self, work: &mut Work<'_, ActiveMember>) -> Result<Vec<Answer>, Error> {
        let grant = find_target(work, self.user).await?.verdict.ok();
        let answer = |permission: &Permission| Answer {
            permission: permission.clone(),
            allowed: grant.as_ref().is_some_and(|grant| grant.allows(permission)),
        };
        Ok(self.permissions.iter().map(answer).collect())
    }
}
