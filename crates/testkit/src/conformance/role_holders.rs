//! `DirectoryRepo`: the active members with one of some roles.

use bailiwick_app::{MemberFilter, MemberRecord};
use bailiwick_kernel::{PageRequest, RoleId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_roles::SystemRole;
use bailiwick_users::{User, UserStatus};

use super::directory::{all_pages, ids_of};
use super::world::{Org, World};

type Change = fn(&mut Membership) -> Result<(), OrgError>;

async fn holders(world: &World, org: &Org, roles: &[RoleId]) -> Vec<MemberRecord> {
    let (filter, page) = (holding(roles), PageRequest::default());
    read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await).items
}

/// The active members with an active account in these roles.
fn holding(roles: &[RoleId]) -> MemberFilter {
    MemberFilter {
        statuses: Some(vec![MembershipStatus::Active]),
        accounts: Some(vec![UserStatus::Active]),
        roles: Some(roles.to_vec()),
        search: None,
    }
}

async fn record(world: &World, org: &Org, user: &User) -> Option<MemberRecord> {
    read!(world, |tx| tx.directory().find_member(org.id, user.id).await)
}

pub async fn active_members_in_these_roles_are_listed_as_they_are(world: World) {
    let org = world.org().await;
    let guest = world.member(&org, SystemRole::Guest).await;
    let member = world.member(&org, SystemRole::Member).await;
    world.member(&org, SystemRole::Admin).await;
    let (guests, members) = (org.role(SystemRole::Guest), org.role(SystemRole::Member));
    let (guest, member) =
        (record(&world, &org, &guest).await.unwrap(), record(&world, &org, &member).await.unwrap());
    assert_eq!(holders(&world, &org, &[guests]).await, std::slice::from_ref(&guest));
    assert_eq!(holders(&world, &org, &[members, guests, members]).await, [guest, member]);
    assert_eq!(holders(&world, &org, &[]).await, []);
}

pub async fn only_active_accounts_with_an_active_membership_are_listed(world: World) {
    let org = world.org().await;
    let role = org.role(SystemRole::Member);
    let changes: [Change; 2] = [Membership::suspend, Membership::remove];
    for change in changes {
        let user = world.member(&org, SystemRole::Member).await;
        world.change(&org, user.id, change).await;
    }
    let invited = world.user().await;
    let offer = Membership::invited(org.id, invited.id, role, world.after(60), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&offer).await).unwrap();
    for status in [UserStatus::Inactive, UserStatus::Pending] {
        let user = world.store_user(User { status, ..world.new_user() }).await;
        world.join(&org, user.id, role).await;
    }
    assert_eq!(holders(&world, &org, &[role]).await, []);
}

pub async fn a_role_of_another_organization_is_held_by_nobody_here(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    world.member(&other, SystemRole::Guest).await;
    world.join(&org, other.owner.id, org.role(SystemRole::Guest)).await;
    let theirs = [other.role(SystemRole::Guest), other.role(SystemRole::Owner)];
    assert_eq!(holders(&world, &org, &theirs).await, []);
}

pub async fn pages_of_holders_leave_nobody_out_and_repeat_nobody(world: World) {
    let org = world.org().await;
    let roles = [org.role(SystemRole::Owner), org.role(SystemRole::Guest)];
    let mut expected = vec![org.owner.id.as_uuid()];
    for place in 0..9 {
        let system = if place % 2 == 0 { SystemRole::Guest } else { SystemRole::Member };
        let user = world.member(&org, system).await;
        if system == SystemRole::Guest {
            expected.push(user.id.as_uuid());
        }
    }
    let filter = holding(&roles);
    for limit in ["1", "2", "3", "6", "100"] {
        let pages = all_pages(limit, async |page| {
            read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await)
        });
        assert_eq!(ids_of(&pages.await, |record| record.user.id.as_uuid()), expected);
    }
}
