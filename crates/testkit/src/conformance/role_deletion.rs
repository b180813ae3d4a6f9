//! `RoleRepo::delete`.

use bailiwick_app::{Error, MemberFilter};
use bailiwick_invites::{Invitation, InvitationKey};
use bailiwick_kernel::{Lock, OrgId, PageRequest, RoleId, Timestamp, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_roles::{Role, RoleError, SystemRole};

use super::world::{Org, World, assert_refused};

async fn delete(world: &World, org: OrgId, role: RoleId, now: Timestamp) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        tx.roles().delete(org, role, now).await?;
        Ok::<_, Error>(())
    })
}

async fn stored(world: &World, org: &Org, role: &Role) -> Option<Role> {
    read!(world, |tx| tx.roles().find(org.id, role.id).await)
}

pub async fn a_role_that_nobody_holds_is_deleted(world: World) {
    let org = world.org().await;
    let (role, other) =
        (world.custom_role(&org, "editor", 30).await, world.custom_role(&org, "author", 40).await);
    delete(&world, org.id, role.id, world.now).await.unwrap();
    assert_eq!(stored(&world, &org, &role).await, None);
    assert_eq!(stored(&world, &org, &other).await, Some(other));
    assert_refused(delete(&world, org.id, role.id, world.now).await, RoleError::NotFound);
    world.custom_role(&org, "editor", 30).await;
}

pub async fn members_and_open_invitations_are_counted_apart(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    for step in 1..=7_u64 {
        match step {
            1 | 2 => world.join(&org, world.user().await.id, role.id).await,
            3 => {
                let user = world.user().await;
                world.join(&org, user.id, role.id).await;
                world.change(&org, user.id, Membership::suspend).await
            }
            // An invitee with an account has a membership besides the invitation.
            4 => {
                let user = world.user().await;
                world.invite(&org, user.email.clone(), role.id).await;
                invited(&world, &org, user.id, role.id).await
            }
            _ => {
                world.invite(&org, world.email(), role.id).await;
                world.membership(org.id, org.owner.id).await.unwrap()
            }
        };
        let expected = RoleError::InUse { members: step.min(3), invitations: step.saturating_sub(3) };
        assert_refused(delete(&world, org.id, role.id, world.now).await, expected);
    }
    assert_eq!(stored(&world, &org, &role).await, Some(role));
}

async fn invited(world: &World, org: &Org, user: UserId, role: RoleId) -> Membership {
    let membership = Membership::invited(org.id, user, role, world.after(3600), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&membership).await).unwrap();
    membership
}

pub async fn only_the_role_itself_is_counted(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let role = world.custom_role(&org, "editor", 30).await;
    world.member(&org, SystemRole::Member).await;
    world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    world.member(&other, SystemRole::Member).await;
    delete(&world, org.id, role.id, world.now).await.unwrap();
}

pub async fn former_members_lose_the_reference(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    let removed = world.change(&org, user.id, Membership::remove).await;
    delete(&world, org.id, role.id, world.now).await.unwrap();
    let expected = Membership { role_id: None, ..removed };
    assert_eq!(world.membership(org.id, user.id).await.as_ref(), Some(&expected));
    let record = read!(world, |tx| tx.directory().find_member(org.id, user.id).await).unwrap();
    assert_eq!((&record.membership, &record.role), (&expected, &None));
    let filter = MemberFilter { statuses: Some(vec![MembershipStatus::Removed]), ..MemberFilter::default() };
    let page = PageRequest::default();
    let page = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
    assert_eq!(page.items, [record]);
}

pub async fn settled_invitations_lose_the_reference(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let ways = [Invitation::accept, Invitation::decline, Invitation::revoke, Invitation::supersede];
    let mut settled = Vec::new();
    for close in ways {
        let (invitation, _) = world.invite(&org, world.email(), role.id).await;
        settled.push(world.close(&invitation, close).await);
    }
    delete(&world, org.id, role.id, world.now).await.unwrap();
    for invitation in settled {
        let found = read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await);
        assert_eq!(found, Some(Invitation { role_id: None, ..invitation }));
    }
}

pub async fn an_invitation_counts_before_its_expiry_and_not_at_it(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let (invitation, _) = world.invite(&org, world.email(), role.id).await;
    let last_moment = invitation.expires_at + time::Duration::microseconds(-1);
    assert_refused(
        delete(&world, org.id, role.id, last_moment).await,
        RoleError::InUse { members: 0, invitations: 1 },
    );
    delete(&world, org.id, role.id, invitation.expires_at).await.unwrap();
    let found = read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await);
    assert_eq!(found, Some(Invitation { role_id: None, ..invitation }));
}

pub async fn a_role_of_another_organization_is_not_deleted(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let role = world.custom_role(&other, "editor", 30).await;
    assert_refused(delete(&world, org.id, role.id, world.now).await, RoleError::NotFound);
    assert_eq!(stored(&world, &other, &role).await, Some(role));
}

pub async fn a_removed_member_whose_role_was_deleted_can_return_with_another(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    world.change(&org, user.id, Membership::remove).await;
    delete(&world, org.id, role.id, world.now).await.unwrap();
    let guest = org.role(SystemRole::Guest);
    let back = world.change::<OrgError>(&org, user.id, |m| m.join(guest, world.after(8))).await;
    assert_eq!((back.status, back.role_id), (MembershipStatus::Active, Some(guest)));
    assert_eq!(world.membership(org.id, user.id).await, Some(back));
}
