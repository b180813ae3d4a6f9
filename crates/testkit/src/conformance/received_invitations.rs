//! Invitations to an address: `DirectoryRepo::list_invitations` and `InvitationKey::To`.

use bailiwick_app::invitations::InvitationRecord;
use bailiwick_app::{InvitationFilter, RoleRef};
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus};
use bailiwick_kernel::{Email, InvitationId};
use bailiwick_roles::SystemRole;

use super::world::{Org, World};

fn record(org: &Org, system: SystemRole, invitation: Invitation) -> InvitationRecord {
    let role = org.system_role(system);
    InvitationRecord {
        invitation,
        status: InvitationStatus::Pending,
        organization: org.organization.name.clone(),
        role: Some(RoleRef { id: role.id, name: role.name.to_string(), level: role.level }),
    }
}

async fn received(world: &World, email: &Email) -> Vec<InvitationRecord> {
    let (email, status) = (Some(email.clone()), Some(InvitationStatus::Pending));
    let filter = InvitationFilter { email, status, org: None };
    read!(world, |tx| tx.directory().list_invitations(&filter, world.now, None).await).items
}

pub async fn pending_invitations_to_an_address_are_listed_with_names(world: World) {
    let email = world.email();
    let mut expected = Vec::new();
    for system in [SystemRole::Guest, SystemRole::Owner] {
        let org = world.org().await;
        world.invite(&org, world.email(), org.role(system)).await;
        let (invitation, _) = world.invite(&org, email.clone(), org.role(system)).await;
        expected.push(record(&org, system, invitation));
    }
    assert_eq!(received(&world, &email).await, expected);
    assert_eq!(received(&world, &world.email()).await, []);
}

pub async fn invitations_that_are_over_are_not_listed(world: World) {
    let email = world.email();
    for close in [Invitation::accept, Invitation::decline, Invitation::revoke, Invitation::supersede] {
        let org = world.org().await;
        let (invitation, _) = world.invite(&org, email.clone(), org.role(SystemRole::Guest)).await;
        world.close(&invitation, close).await;
    }
    let mut open = None;
    for seconds in [-1, 0, 1] {
        let org = world.org().await;
        let invitation = world.new_invitation(&org, email.clone(), org.role(SystemRole::Guest));
        let invitation = Invitation { expires_at: world.after(seconds), ..invitation };
        let (invitation, _) = world.store_invitation(invitation).await;
        open = Some(record(&org, SystemRole::Guest, invitation));
    }
    let archived = world.org().await;
    world.invite(&archived, email.clone(), archived.role(SystemRole::Guest)).await;
    transaction!(world, |tx| tx.orgs().set_archived(archived.id, Some(world.now)).await).unwrap();
    assert_eq!(received(&world, &email).await, Vec::from_iter(open));
}

pub async fn an_invitation_is_found_by_its_own_address_alone(world: World) {
    async fn find(world: &World, email: &Email, id: InvitationId) -> Option<Invitation> {
        read!(world, |tx| tx.invites().find(InvitationKey::To(email, id)).await)
    }
    let org = world.org().await;
    let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    let (other, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    assert_eq!(find(&world, &invitation.email, invitation.id).await.as_ref(), Some(&invitation));
    assert_eq!(find(&world, &other.email, invitation.id).await, None);
    let unknown = world.new_invitation(&org, invitation.email.clone(), org.role(SystemRole::Guest));
    assert_eq!(find(&world, &invitation.email, unknown.id).await, None);
    let closed = world.close(&invitation, Invitation::decline).await;
    assert_eq!(find(&world, &invitation.email, invitation.id).await, Some(closed));
}
