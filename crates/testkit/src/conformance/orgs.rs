//! `OrgRepo`: organizations. Their memberships are in `memberships.rs`.

use bailiwick_app::{InvitationFilter, MemberFilter};
use bailiwick_invites::InvitationKey;
use bailiwick_kernel::{Lock, OrgId, PageRequest, UserId};
use bailiwick_orgs::{Membership, OrgError, Organization, Owners};
use bailiwick_roles::{CatalogueEntry, SystemRole};
use bailiwick_users::{User, UserChanges, UserStatus};

use super::world::{Org, World, assert_refused, name, within};

async fn stored(world: &World, id: OrgId) -> Option<Organization> {
    read!(world, |tx| tx.orgs().find(id, Lock::None).await)
}

async fn owners(world: &World, org: OrgId) -> Owners {
    transaction!(world, |tx| tx.orgs().lock_owners(org).await).unwrap()
}

pub async fn an_organization_is_found_as_it_was_stored(world: World) {
    let org = world.org().await;
    assert_eq!(stored(&world, org.id).await, Some(org.organization));
    assert_eq!(stored(&world, world.new_organization().id).await, None);
}

pub async fn a_slug_has_one_organization(world: World) {
    let org = world.org().await;
    let second = Organization { slug: org.organization.slug.clone(), ..world.new_organization() };
    let answer = transaction!(world, |tx| tx.orgs().insert(&second).await);
    assert_refused(answer, OrgError::SlugTaken);
    assert_eq!(stored(&world, second.id).await, None);
    let same_name = world.new_organization();
    transaction!(world, |tx| tx.orgs().insert(&same_name).await).unwrap();
}

pub async fn name_and_slug_are_changed_and_nothing_else(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let renamed = Organization { name: name("Acme & S\u{f6}hne"), ..org.organization.clone() };
    let moved = Organization { slug: world.slug(), ..renamed.clone() };
    for changed in [renamed, moved] {
        let altered = Organization { created_at: world.after(99), ..changed.clone() };
        transaction!(world, |tx| tx.orgs().update(&altered).await).unwrap();
        assert_eq!(stored(&world, org.id).await, Some(changed));
    }
    assert_eq!(stored(&world, other.id).await, Some(other.organization));
}

pub async fn a_slug_in_use_is_not_taken_over(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let greedy = Organization { slug: other.organization.slug, ..org.organization.clone() };
    let answer = transaction!(world, |tx| tx.orgs().update(&greedy).await);
    assert_refused(answer, OrgError::SlugTaken);
    assert_eq!(stored(&world, org.id).await, Some(org.organization));
}

pub async fn an_organization_that_is_gone_is_neither_locked_changed_nor_deleted(world: World) {
    let gone = world.new_organization();
    assert_eq!(
        transaction!(world, |tx| tx.orgs().find(gone.id, Lock::Update).await).map(|org| org.is_some()),
        Ok(false)
    );
    let answer = transaction!(world, |tx| tx.orgs().update(&gone).await);
    assert_refused(answer, OrgError::NotFound);
    let answer = transaction!(world, |tx| tx.orgs().delete(gone.id).await);
    assert_refused(answer, OrgError::NotFound);
    let org = world.org().await;
    assert_eq!(
        transaction!(world, |tx| tx.orgs().find(org.id, Lock::Update).await).map(|org| org.is_some()),
        Ok(true)
    );
}

pub async fn active_accounts_with_an_active_membership_in_the_owner_role_own(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let second = world.member(&org, SystemRole::Owner).await;
    let suspended = world.member(&org, SystemRole::Owner).await;
    world.change(&org, suspended.id, Membership::suspend).await;
    let removed = world.member(&org, SystemRole::Owner).await;
    world.change(&org, removed.id, Membership::remove).await;
    let admin = world.member(&org, SystemRole::Admin).await;
    let invited = world.user().await;
    let invitation =
        Membership::invited(org.id, invited.id, org.role(SystemRole::Owner), world.after(60), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&invitation).await).unwrap();
    let mut inactive = Vec::new();
    for status in [UserStatus::Inactive, UserStatus::Pending] {
        let user = User { status, ..world.member(&org, SystemRole::Owner).await };
        transaction!(world, |tx| tx.users().update(user.id, &UserChanges::status_of(&user)).await).unwrap();
        inactive.push(user.id);
    }

    let owners = owners(&world, org.id).await;
    assert!(owners.contains(org.owner.id) && owners.contains(second.id));
    let others = [suspended.id, removed.id, admin.id, invited.id, other.owner.id];
    for user in others.into_iter().chain(inactive) {
        assert!(!owners.contains(user));
    }
}

pub async fn a_custom_role_of_the_highest_level_owns_nothing(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "almost owner", 99).await;
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    let owners = owners(&world, org.id).await;
    assert!(!owners.contains(user.id));
    assert_eq!(owners.can_do_without(org.owner.id), Err(OrgError::LastOwner));
}

pub async fn an_owner_of_one_organization_owns_no_other(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    world.join(&other, org.owner.id, other.role(SystemRole::Guest)).await;
    assert!(!owners(&world, other.id).await.contains(org.owner.id));
    assert!(owners(&world, org.id).await.contains(org.owner.id));
}

pub async fn a_deleted_organization_takes_everything_of_its_own_along(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let member = world.member(&org, SystemRole::Member).await;
    world.join(&other, member.id, other.role(SystemRole::Guest)).await;
    let role = world.custom_role(&org, "editor", 40).await;
    let (invitation, token) = world.invite(&org, world.email(), role.id).await;
    let (settled, settled_token) = world.invite(&org, world.email(), role.id).await;
    world.close(&settled, bailiwick_invites::Invitation::decline).await;
    let (foreign, _) = world.invite(&other, invitation.email.clone(), other.role(SystemRole::Guest)).await;
    let permission = bailiwick_rbac::Permission::parse("attic:sweep").unwrap();
    let entry =
        CatalogueEntry::new(Some(org.id), permission.clone(), "Sweep".to_owned(), &*world.ids, world.now);
    transaction!(world, |tx| tx.roles().insert_entry(&entry).await).unwrap();

    transaction!(world, |tx| tx.orgs().delete(org.id).await).unwrap();

    assert_eq!(stored(&world, org.id).await, None);
    for token in [token, settled_token] {
        assert_eq!(read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await), None);
    }
    assert_eq!(read!(world, |tx| tx.roles().list_entries(Some(org.id), Some(&permission)).await), []);
    assert_no_trace(&world, &org, &[org.owner.id, member.id]).await;
    // The neighbor and the accounts have lost nothing.
    assert_eq!(read!(world, |tx| tx.users().find(member.id, Lock::None).await).as_ref(), Some(&member));
    assert!(world.membership(other.id, member.id).await.is_some());
    assert_eq!(
        read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(other.id, foreign.id)).await),
        Some(foreign)
    );
    assert_eq!(read!(world, |tx| tx.roles().list(other.id).await), other.roles);
}

async fn assert_no_trace(world: &World, org: &Org, members: &[UserId]) {
    let page = PageRequest::default();
    assert_eq!(read!(world, |tx| tx.roles().list(org.id).await), []);
    let offers = InvitationFilter { org: Some(org.id), ..InvitationFilter::default() };
    let offers = read!(world, |tx| tx.directory().list_invitations(&offers, world.now, None).await);
    assert_eq!(offers.items, []);
    let filter = MemberFilter::default();
    let listed = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
    assert_eq!(listed.items, []);
    for user in members {
        assert_eq!(world.membership(org.id, *user).await, None);
        let view = world.store.load_view(&within(org.id, *user)).await.unwrap().unwrap();
        assert_eq!(view.membership, None);
    }
}

pub async fn the_slug_of_a_deleted_organization_is_free_again(world: World) {
    let org = world.org().await;
    transaction!(world, |tx| tx.orgs().delete(org.id).await).unwrap();
    let heir = Organization { slug: org.organization.slug, ..world.new_organization() };
    transaction!(world, |tx| tx.orgs().insert(&heir).await).unwrap();
    assert_eq!(stored(&world, heir.id).await, Some(heir));
}
