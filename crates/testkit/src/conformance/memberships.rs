//! `OrgRepo`: memberships.

use bailiwick_app::Error;
use bailiwick_kernel::{OrgId, RoleId, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_roles::SystemRole;

use super::world::{Org, World, assert_refused};

fn active(org: OrgId, user: UserId, role: RoleId, now: Timestamp) -> Membership {
    Membership::active(org, user, role, now)
}

async fn add(world: &World, membership: &Membership) -> Result<(), Error> {
    transaction!(world, |tx| tx.orgs().insert_membership(membership).await)
}

async fn update(world: &World, membership: &Membership) -> Result<(), Error> {
    transaction!(world, |tx| tx.orgs().update_membership(membership).await)
}

pub async fn a_membership_is_found_as_it_was_stored(world: World) {
    let org = world.org().await;
    let role = org.role(SystemRole::Member);
    let (member, invited) = (world.user().await, world.user().await);
    let active = active(org.id, member.id, role, world.now);
    let invited = Membership::invited(org.id, invited.id, role, world.after(60), world.now);
    for membership in [active, invited] {
        add(&world, &membership).await.unwrap();
        assert_eq!(world.membership(org.id, membership.user_id).await, Some(membership));
    }
}

pub async fn a_membership_of_another_organization_is_not_found(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let member = world.member(&org, SystemRole::Member).await;
    assert_eq!(world.membership(other.id, member.id).await, None);
    assert_eq!(world.membership(world.new_organization().id, member.id).await, None);
    assert_eq!(world.membership(org.id, world.user().await.id).await, None);
}

pub async fn one_person_is_a_member_of_many_organizations(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let user = world.user().await;
    let here = world.join(&org, user.id, org.role(SystemRole::Member)).await;
    let there = world.join(&other, user.id, other.role(SystemRole::Guest)).await;
    assert_eq!(world.membership(org.id, user.id).await, Some(here));
    assert_eq!(world.membership(other.id, user.id).await, Some(there));
}

pub async fn a_pair_has_one_membership_in_every_status(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let second = active(org.id, user.id, org.role(SystemRole::Admin), world.now);
    assert_refused(add(&world, &second).await, OrgError::AlreadyMember);
    let removed = world.change(&org, user.id, Membership::remove).await;
    assert_refused(add(&world, &second).await, OrgError::AlreadyMember);
    assert_eq!(world.membership(org.id, user.id).await, Some(removed));
}

pub async fn a_membership_has_a_role_of_its_organization(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let user = world.user().await;
    let unknown = world.new_role(org.id, "nobody's", 5, &[]).id;
    for role in [other.role(SystemRole::Owner), unknown] {
        let membership = active(org.id, user.id, role, world.now);
        assert_refused(add(&world, &membership).await, OrgError::UnknownRole);
        assert_eq!(world.membership(org.id, user.id).await, None);
    }
}

pub async fn a_membership_of_a_deleted_organization_is_refused(world: World) {
    let org = world.org().await;
    let (user, role) = (world.user().await, org.role(SystemRole::Member));
    let nobody = active(org.id, world.new_user().id, role, world.now);
    assert_refused(add(&world, &nobody).await, OrgError::NotFound);
    transaction!(world, |tx| tx.orgs().delete(org.id).await).unwrap();
    // The roles are deleted with the organization, so a store may find the role missing first.
    let answer = add(&world, &active(org.id, user.id, role, world.now)).await;
    let expected = [OrgError::NotFound, OrgError::UnknownRole].map(|error| Err(Error::Org(error)));
    assert!(expected.contains(&answer), "{answer:?}");
}

pub async fn role_status_and_times_are_updated_and_nothing_else(world: World) {
    let org = world.org().await;
    let bystander = world.member(&org, SystemRole::Member).await;
    let user = world.member(&org, SystemRole::Member).await;
    let before = world.membership(org.id, user.id).await.unwrap();
    for changed in stages(&before, &org, &world) {
        let altered = Membership { created_at: world.after(99), ..changed.clone() };
        update(&world, &altered).await.unwrap();
        assert_eq!(world.membership(org.id, user.id).await, Some(changed));
    }
    let untouched = active(org.id, bystander.id, org.role(SystemRole::Member), world.now);
    assert_eq!(world.membership(org.id, bystander.id).await, Some(untouched));
}

fn stages(before: &Membership, org: &Org, world: &World) -> Vec<Membership> {
    let status = |status| Membership { status, ..before.clone() };
    vec![
        status(MembershipStatus::Suspended),
        Membership { role_id: Some(org.role(SystemRole::Admin)), ..status(MembershipStatus::Active) },
        status(MembershipStatus::Removed),
        Membership { invited_until: Some(world.after(61)), ..status(MembershipStatus::Invited) },
        Membership { joined_at: Some(world.after(62)), ..status(MembershipStatus::Active) },
        Membership { joined_at: None, invited_until: None, ..status(MembershipStatus::Removed) },
    ]
}

pub async fn an_update_of_no_membership_is_refused(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let member = world.member(&other, SystemRole::Member).await;
    let membership = active(org.id, member.id, org.role(SystemRole::Member), world.now);
    assert_refused(update(&world, &membership).await, OrgError::NotMember);
    assert_eq!(world.membership(org.id, member.id).await, None);
}

pub async fn no_role_of_another_organization_is_assigned(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let user = world.member(&org, SystemRole::Member).await;
    let before = world.membership(org.id, user.id).await.unwrap();
    let unknown = world.new_role(org.id, "nobody's", 5, &[]).id;
    for role in [other.role(SystemRole::Owner), unknown] {
        let membership = Membership { role_id: Some(role), ..before.clone() };
        assert_refused(update(&world, &membership).await, OrgError::UnknownRole);
        assert_eq!(world.membership(org.id, user.id).await.as_ref(), Some(&before));
    }
}

pub async fn a_membership_that_never_came_to_be_is_forgotten(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let user = world.user().await;
    let invited =
        Membership::invited(org.id, user.id, org.role(SystemRole::Guest), world.after(60), world.now);
    add(&world, &invited).await.unwrap();
    let elsewhere = world.join(&other, user.id, other.role(SystemRole::Guest)).await;
    for _ in 0..2 {
        transaction!(world, |tx| tx.orgs().delete_membership(org.id, user.id).await).unwrap();
        assert_eq!(world.membership(org.id, user.id).await, None);
    }
    assert_eq!(world.membership(other.id, user.id).await, Some(elsewhere));
    assert!(world.membership(org.id, org.owner.id).await.is_some());
}
