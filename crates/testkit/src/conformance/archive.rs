//! `OrgRepo`: archived organizations, which no other method finds.

use bailiwick_app::{Error, MemberFilter, OrgScope};
use bailiwick_kernel::{Lock, OrgId, PageRequest, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError, Organization};
use bailiwick_roles::SystemRole;
use bailiwick_users::{User, UserChanges, UserStatus};

use super::world::{Org, World, assert_refused, name, within};

type Change = fn(&mut Membership) -> Result<(), OrgError>;

async fn archive(world: &World, org: OrgId) -> Result<(), Error> {
    transaction!(world, |tx| tx.orgs().set_archived(org, Some(world.after(1))).await)
}

async fn restore(world: &World, org: OrgId) -> Result<(), Error> {
    transaction!(world, |tx| tx.orgs().set_archived(org, None).await)
}

/// The members besides `user`, active or suspended, whose account has one of these statuses.
async fn members_besides(
    world: &World,
    org: OrgId,
    user: UserId,
    accounts: Option<Vec<UserStatus>>,
) -> usize {
    let statuses = Some(vec![MembershipStatus::Active, MembershipStatus::Suspended]);
    let (filter, page) =
        (MemberFilter { statuses, accounts, ..MemberFilter::default() }, PageRequest::default());
    let found = read!(world, |tx| tx.directory().list_members(org, &filter, world.now, page).await);
    found.items.iter().filter(|member| member.user.id != user).count()
}

async fn others(world: &World, org: OrgId, user: UserId) -> usize {
    let in_use = vec![UserStatus::Active, UserStatus::Pending];
    members_besides(world, org, user, Some(in_use)).await
}

pub async fn others_are_members_with_an_account_that_is_not_switched_off(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let owner = org.owner.id;
    world.join(&org, other.owner.id, org.role(SystemRole::Guest)).await;
    assert_eq!(others(&world, org.id, owner).await, 1);
    let suspended = world.member(&org, SystemRole::Member).await;
    world.change(&org, suspended.id, Membership::suspend).await;
    assert_eq!(others(&world, org.id, owner).await, 2);
    let removed = world.member(&org, SystemRole::Owner).await;
    world.change(&org, removed.id, Membership::remove).await;
    let invited = world.user().await.id;
    let invited =
        Membership::invited(org.id, invited, org.role(SystemRole::Guest), world.after(60), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
    assert_eq!(others(&world, org.id, owner).await, 2, "removed and invited members do not count");
    for (status, own) in [(UserStatus::Inactive, 3), (UserStatus::Pending, 3)] {
        let user = User { status, ..world.member(&org, SystemRole::Owner).await };
        transaction!(world, |tx| tx.users().update(user.id, &UserChanges::status_of(&user)).await).unwrap();
        assert_eq!(others(&world, org.id, user.id).await, own, "{status:?}");
    }
    assert_eq!(others(&world, org.id, owner).await, 3, "a pending account counts");
    assert_eq!(others(&world, org.id, world.new_user().id).await, 4, "an account that is no member");
    assert_eq!(others(&world, world.new_organization().id, owner).await, 0);
    // Switched off or not: the guest, the suspended one, and the two of the loop.
    assert_eq!(members_besides(&world, org.id, owner, None).await, 4);
    assert_eq!(members_besides(&world, other.id, other.owner.id, None).await, 0);
    assert_eq!(others(&world, other.id, other.owner.id).await, 0);
}

/// Creates two organizations with the same owner and member, the first of them archived.
async fn one_of_two(world: &World) -> (Org, Org, UserId) {
    let (org, kept) = (world.org().await, world.org().await);
    let member = world.member(&org, SystemRole::Member).await.id;
    for (user, role) in [(org.owner.id, SystemRole::Owner), (member, SystemRole::Member)] {
        world.join(&kept, user, kept.role(role)).await;
    }
    archive(world, org.id).await.unwrap();
    (org, kept, member)
}

pub async fn an_archived_organization_is_neither_found_locked_changed_nor_deleted(world: World) {
    let (org, kept, _) = one_of_two(&world).await;
    assert_eq!(read!(world, |tx| tx.orgs().find(org.id, Lock::None).await), None);
    assert_eq!(
        transaction!(world, |tx| tx.orgs().find(org.id, Lock::Update).await).map(|org| org.is_some()),
        Ok(false)
    );
    let owners = transaction!(world, |tx| tx.orgs().lock_owners(org.id).await);
    assert_refused(owners, OrgError::NotFound);
    let renamed = Organization { name: name("Other"), slug: world.slug(), ..org.organization.clone() };
    assert_refused(transaction!(world, |tx| tx.orgs().update(&renamed).await), OrgError::NotFound);
    assert_refused(transaction!(world, |tx| tx.orgs().delete(org.id).await), OrgError::NotFound);
    assert_refused(archive(&world, org.id).await, OrgError::NotFound);
    assert_eq!(others(&world, org.id, org.owner.id).await, 0);
    assert_eq!(
        transaction!(world, |tx| tx.orgs().find(kept.id, Lock::Update).await).map(|org| org.is_some()),
        Ok(true)
    );
    restore(&world, org.id).await.unwrap();
    assert_eq!(read!(world, |tx| tx.orgs().find(org.id, Lock::None).await), Some(org.organization));
}

pub async fn the_slug_of_an_archived_organization_stays_taken(world: World) {
    let (org, kept, _) = one_of_two(&world).await;
    let heir = Organization { slug: org.organization.slug.clone(), ..world.new_organization() };
    assert_refused(transaction!(world, |tx| tx.orgs().insert(&heir).await), OrgError::SlugTaken);
    let moved = Organization { slug: org.organization.slug, ..kept.organization };
    assert_refused(transaction!(world, |tx| tx.orgs().update(&moved).await), OrgError::SlugTaken);
}

pub async fn an_archived_organization_has_no_memberships(world: World) {
    let (org, kept, member) = one_of_two(&world).await;
    let stranger = world.user().await.id;
    assert_eq!(world.membership(org.id, member).await, None);
    let new = Membership::active(org.id, stranger, org.role(SystemRole::Guest), world.now);
    assert_refused(transaction!(world, |tx| tx.orgs().insert_membership(&new).await), OrgError::NotFound);
    let changed = Membership::active(org.id, member, org.role(SystemRole::Owner), world.now);
    let answer = transaction!(world, |tx| tx.orgs().update_membership(&changed).await);
    assert_refused(answer, OrgError::NotMember);
    transaction!(world, |tx| tx.orgs().delete_membership(org.id, member).await).unwrap();
    assert!(world.membership(kept.id, member).await.is_some());

    restore(&world, org.id).await.unwrap();
    let back = Membership::active(org.id, member, org.role(SystemRole::Member), world.now);
    assert_eq!(world.membership(org.id, member).await, Some(back));
    assert_eq!(world.membership(org.id, stranger).await, None);
}

pub async fn an_archived_organization_is_in_no_list_and_gives_no_authority(world: World) {
    let (org, kept, member) = one_of_two(&world).await;
    for (id, count) in [(org.id, 0), (kept.id, 3)] {
        assert_eq!(members_listed(&world, id).await, count);
        assert_eq!(read!(world, |tx| tx.directory().find_member(id, member).await).is_some(), count > 0);
        let loaded = world.store.load_view(&within(id, member)).await.unwrap().unwrap();
        assert_eq!(loaded.membership.is_some(), count > 0);
        let held = transaction!(world, |tx| tx.lock_view(&within(id, member)).await);
        assert_eq!(held, Ok(Some(loaded)));
    }
    let roles: Vec<_> = org.roles.iter().map(|role| role.id).collect();
    let (filter, page) =
        (MemberFilter { roles: Some(roles), ..MemberFilter::default() }, PageRequest::default());
    let holders = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
    assert_eq!(holders.items, []);
    for page in [None, Some(page)] {
        let orgs =
            read!(world, |tx| tx.directory().list_organizations(member, OrgScope::Existing, page).await);
        assert_eq!(orgs.items.iter().map(|entry| entry.org.id).collect::<Vec<_>>(), [kept.id]);
    }
    let memberships = read!(world, |tx| tx.directory().list_memberships(member).await);
    assert_eq!(memberships.iter().map(|record| record.membership.org_id).collect::<Vec<_>>(), [kept.id]);
}

async fn members_listed(world: &World, org: OrgId) -> usize {
    let (filter, page) = (MemberFilter::default(), PageRequest::default());
    read!(world, |tx| tx.directory().list_members(org, &filter, world.now, page).await).items.len()
}

pub async fn only_what_is_archived_is_brought_back(world: World) {
    let org = world.org().await;
    assert_refused(restore(&world, org.id).await, OrgError::NotFound);
    assert_refused(restore(&world, world.new_organization().id).await, OrgError::NotFound);
    assert_refused(archive(&world, world.new_organization().id).await, OrgError::NotFound);
    archive(&world, org.id).await.unwrap();
    restore(&world, org.id).await.unwrap();
    assert_refused(restore(&world, org.id).await, OrgError::NotFound);
    let owners = transaction!(world, |tx| tx.orgs().lock_owners(org.id).await).unwrap();
    assert!(owners.contains(org.owner.id));
    assert_eq!(read!(world, |tx| tx.roles().list(org.id).await), org.roles);
}

pub async fn the_archived_organizations_of_active_memberships_are_listed(world: World) {
    let user = world.user().await.id;
    let changes: [Change; 4] = [|_| Ok(()), Membership::suspend, Membership::remove, |_| Ok(())];
    let mut orgs = Vec::new();
    for change in changes {
        let org = world.org().await;
        world.join(&org, user, org.role(SystemRole::Guest)).await;
        world.change(&org, user, change).await;
        orgs.push(org.id);
    }
    let living = world.org().await;
    world.join(&living, user, living.role(SystemRole::Guest)).await;
    let archived = async |user| {
        let scope = OrgScope::Archived;
        let found = read!(world, |tx| tx.directory().list_organizations(user, scope, None).await);
        found.items.iter().map(|entry| entry.org.id).collect::<Vec<_>>()
    };
    assert_eq!(archived(user).await, []);
    for org in orgs.iter().rev() {
        archive(&world, *org).await.unwrap();
    }
    assert_eq!(archived(user).await, [orgs[0], orgs[3]]);
    assert_eq!(archived(living.owner.id).await, []);
    restore(&world, orgs[0]).await.unwrap();
    assert_eq!(archived(user).await, [orgs[3]]);
}
