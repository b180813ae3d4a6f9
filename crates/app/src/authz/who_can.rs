//! The members who hold a permission.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bailiwick_kernel::{RoleId, UserId};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_users::UserStatus;

use crate::authority::permission::{RolesRead, UsersRead};
use crate::authority::{Allow, Permit, granting};
use crate::listing::{Listing, PageText};
use crate::ports::{MemberFilter, MemberRecord, RoleRef};
use crate::{Error, Query, Work};

/// Lists the members who hold a permission now: active accounts with an active membership in a role
/// that grants it.
#[derive(Clone, Debug)]
pub struct WhoCan {
    /// The permission.
    pub permission: Permission,
    /// The requested page.
    pub page: PageText,
}

/// A member who holds the permission, and by which grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Permitted {
    /// The member.
    pub user: UserId,
    /// Details of the member; `None` if the caller may not see members.
    pub member: Option<MemberRecord>,
    /// The role that grants it.
    pub role: RoleRef,
    /// The grant that allows it, as granted.
    pub grant: Pattern,
}

#[async_trait]
impl Query for WhoCan {
    type Proof = Allow<RolesRead>;
    type Output = Listing<Permitted>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Listing<Permitted>, Error> {
        let (org, sees_members) = {
            let context = work.proof.context();
            (context.org, context.allows(UsersRead::permission()))
        };
        let list = format!("who-can:{org}:{}", self.permission);
        let page = self.page.read(&list)?;
        // The permission engine selects the roles that grant it, not the database.
        let roles = granting(work.tx.roles().list(org).await?, &self.permission);
        let grants: BTreeMap<RoleId, Pattern> =
            roles.into_iter().map(|(role, grant)| (role.id, grant)).collect();
        let filter = MemberFilter {
            statuses: Some(vec![MembershipStatus::Active]),
            accounts: Some(vec![UserStatus::Active]),
            roles: Some(grants.keys().copied().collect()),
            search: None,
        };
        let found = work.tx.directory().list_members(org, &filter, work.now, page).await?;
        let items = found.items.into_iter().filter_map(|member| permitted(member, &grants, sees_members));
        let found = bailiwick_kernel::Page { items: items.collect(), next: found.next };
        Ok(Listing::new(found, &list))
    }
}

/// Never returns `None`, because every listed member has one of these roles.
fn permitted(
    member: MemberRecord,
    grants: &BTreeMap<RoleId, Pattern>,
    sees_members: bool,
) -> Option<Permitted> {
    let role = member.role.clone()?;
    let grant = grants.get(&role.id)?.clone();
    Some(Permitted { user: member.user.id, member: sees_members.then_some(member), role, grant })
}
