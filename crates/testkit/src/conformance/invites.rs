//! `InviteRepo`: invitations and their tokens.

use bailiwick_app::{Error, InvitationFilter};
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError};
use bailiwick_kernel::{Email, InvitationId, OrgId, PageRequest, Timestamp};
use bailiwick_roles::SystemRole;

use super::directory::{all_pages, ids_of};
use super::world::{Org, World, assert_refused};

type Settle = fn(&mut Invitation, Timestamp) -> Result<(), InviteError>;

const WAYS: [Settle; 4] =
    [Invitation::accept, Invitation::decline, Invitation::revoke, Invitation::supersede];

async fn add(world: &World, invitation: &Invitation) -> Result<(), Error> {
    let token = world.token();
    transaction!(world, |tx| tx.invites().insert(invitation, &token).await)
}

async fn stored(world: &World, org: OrgId, id: InvitationId) -> Option<Invitation> {
    read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org, id)).await)
}

async fn pending(world: &World, org: OrgId, email: &Email) -> Option<Invitation> {
    read!(world, |tx| tx.invites().find(InvitationKey::Pending(org, email)).await)
}

async fn listed(world: &World, org: &Org, status: Option<InvitationStatus>) -> Vec<Invitation> {
    let filter = InvitationFilter { org: Some(org.id), status, email: None };
    let page = Some(PageRequest::default());
    let found = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, page).await).items;
    for record in &found {
        assert_eq!(record.status, record.invitation.status(world.now));
    }
    found.into_iter().map(|record| record.invitation).collect()
}

pub async fn an_invitation_is_found_as_it_was_stored(world: World) {
    let org = world.org().await;
    let plain = Invitation {
        message: None,
        ..world.new_invitation(&org, world.email(), org.role(SystemRole::Member))
    };
    let with_message = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
    for invitation in [plain, with_message] {
        let (invitation, token) = world.store_invitation(invitation).await;
        assert_eq!(stored(&world, org.id, invitation.id).await.as_ref(), Some(&invitation));
        assert_eq!(pending(&world, org.id, &invitation.email).await.as_ref(), Some(&invitation));
        assert_eq!(
            read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await),
            Some(invitation)
        );
    }
}

pub async fn an_invitation_of_another_organization_is_not_found(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    assert_eq!(stored(&world, other.id, invitation.id).await, None);
    assert_eq!(pending(&world, other.id, &invitation.email).await, None);
    assert_eq!(listed(&world, &other, None).await, []);
    let unknown = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
    assert_eq!(stored(&world, org.id, unknown.id).await, None);
    assert_eq!(pending(&world, org.id, &unknown.email).await, None);
}

pub async fn an_unknown_token_names_no_invitation(world: World) {
    let org = world.org().await;
    world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    let token = world.token();
    assert_eq!(read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await), None);
}

pub async fn an_address_has_one_pending_invitation_in_an_organization(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let email = world.email();
    let (first, _) = world.invite(&org, email.clone(), org.role(SystemRole::Guest)).await;
    let second = world.new_invitation(&org, email.clone(), org.role(SystemRole::Member));
    assert_refused(add(&world, &second).await, InviteError::NotPending);
    assert_eq!(pending(&world, org.id, &email).await, Some(first));
    world.invite(&other, email, other.role(SystemRole::Guest)).await;
}

pub async fn an_expired_invitation_is_still_in_the_way_of_another(world: World) {
    let org = world.org().await;
    let expired = Invitation {
        expires_at: world.after(-1),
        ..world.new_invitation(&org, world.email(), org.role(SystemRole::Guest))
    };
    let (expired, _) = world.store_invitation(expired).await;
    assert_eq!(pending(&world, org.id, &expired.email).await.as_ref(), Some(&expired));
    let second = world.new_invitation(&org, expired.email.clone(), org.role(SystemRole::Guest));
    assert_refused(add(&world, &second).await, InviteError::NotPending);
    world.close(&expired, Invitation::supersede).await;
    add(&world, &second).await.unwrap();
    assert_eq!(pending(&world, org.id, &expired.email).await, Some(second));
}

pub async fn a_settled_invitation_makes_room_for_another(world: World) {
    let org = world.org().await;
    let email = world.email();
    for close in WAYS {
        let (invitation, _) = world.invite(&org, email.clone(), org.role(SystemRole::Guest)).await;
        world.close(&invitation, close).await;
        assert_eq!(pending(&world, org.id, &email).await, None);
    }
    assert_eq!(listed(&world, &org, None).await.len(), WAYS.len());
}

pub async fn an_invitation_offers_a_role_of_its_organization(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let unknown = world.new_role(org.id, "nobody's", 5, &[]).id;
    for role in [other.role(SystemRole::Owner), unknown] {
        let invitation = world.new_invitation(&org, world.email(), role);
        assert_refused(add(&world, &invitation).await, InviteError::UnknownRole);
        assert_eq!(stored(&world, org.id, invitation.id).await, None);
    }
}

pub async fn an_invitation_to_a_deleted_organization_or_role_is_refused(world: World) {
    let org = world.org().await;
    let invitation = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
    transaction!(world, |tx| tx.orgs().delete(org.id).await).unwrap();
    let answer = add(&world, &invitation).await;
    // The roles are deleted with the organization, so a store may find the role missing first.
    let expected = [InviteError::NotFound, InviteError::UnknownRole].map(|error| Err(Error::Invite(error)));
    assert!(expected.contains(&answer), "{answer:?}");
}

pub async fn an_invitation_is_settled_once(world: World) {
    let org = world.org().await;
    for first in WAYS {
        let (invitation, token) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
        let settled = world.close(&invitation, first).await;
        for second in WAYS {
            let mut late = invitation.clone();
            second(&mut late, world.after(6)).unwrap();
            assert_eq!(transaction!(world, |tx| tx.invites().close(&late).await), Ok(false));
        }
        assert_eq!(stored(&world, org.id, invitation.id).await.as_ref(), Some(&settled));
        assert_eq!(read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await), Some(settled));
    }
}

pub async fn settling_stores_the_state_alone(world: World) {
    let org = world.org().await;
    let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    let (bystander, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    let altered = Invitation {
        email: world.email(),
        role_id: Some(org.role(SystemRole::Owner)),
        message: None,
        expires_at: world.after(99),
        ..invitation.clone()
    };
    let settled = world.close(&altered, Invitation::decline).await;
    let expected = Invitation { state: settled.state, ..invitation };
    assert_eq!(stored(&world, org.id, expected.id).await, Some(expected));
    assert_eq!(stored(&world, org.id, bystander.id).await, Some(bystander));
}

pub async fn invitations_are_listed_by_their_status_at_the_time(world: World) {
    let org = world.org().await;
    let mut expected = Vec::new();
    for close in WAYS {
        let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
        expected.push(world.close(&invitation, close).await);
    }
    for seconds in [-1, 0, 1] {
        let offer = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
        let offer = Invitation { expires_at: world.after(seconds), ..offer };
        expected.push(world.store_invitation(offer).await.0);
    }
    assert_eq!(listed(&world, &org, None).await, expected);
    for status in InvitationStatus::ALL {
        let mut of_status = expected.clone();
        of_status.retain(|invitation| invitation.status(world.now) == status);
        assert!(!of_status.is_empty());
        assert_eq!(listed(&world, &org, Some(status)).await, of_status, "{status:?}");
    }
}

pub async fn pages_of_invitations_leave_nothing_out_and_repeat_nothing(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let mut expected = Vec::new();
    for _ in 0..6 {
        for org in [&org, &other] {
            world.invite(org, world.email(), org.role(SystemRole::Guest)).await;
        }
    }
    for invitation in listed(&world, &org, None).await {
        expected.push(invitation.id.as_uuid());
    }
    assert!(expected.is_sorted() && expected.len() == 6);
    for (limit, status) in [("1", None), ("2", None), ("4", Some(InvitationStatus::Pending)), ("6", None)] {
        let pages = all_pages(limit, async |page| {
            let filter = InvitationFilter { org: Some(org.id), status, email: None };
            read!(world, |tx| tx.directory().list_invitations(&filter, world.now, Some(page)).await)
        });
        assert_eq!(ids_of(&pages.await, |record| record.invitation.id.as_uuid()), expected);
    }
}
