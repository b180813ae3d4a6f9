//! Concurrent changes of invitations.

use bailiwick_app::Error;
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError};
use bailiwick_kernel::{InvitationId, Lock, OrgId, TokenHash, UserId};
use bailiwick_orgs::Membership;
use bailiwick_roles::SystemRole;

use super::races::{assert_one_true, assert_one_won, at_once, both_at_once};
use super::world::World;

async fn accept(world: World, org: OrgId, token: TokenHash, user: UserId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        let mut invitation =
            tx.invites().find(InvitationKey::Token(&token)).await?.ok_or(InviteError::NotFound)?;
        invitation.accept(world.now)?;
        let role = invitation.role_id.ok_or(InviteError::UnknownRole)?;
        if !tx.invites().close(&invitation).await? {
            return Err(InviteError::AlreadyUsed.into());
        }
        tx.orgs().insert_membership(&Membership::active(org, user, role, world.now)).await?;
        Ok::<_, Error>(())
    })
}

async fn revoke(world: World, org: OrgId, id: InvitationId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        let mut invitation =
            tx.invites().find(InvitationKey::OfOrg(org, id)).await?.ok_or(InviteError::NotFound)?;
        invitation.revoke(world.now)?;
        if !tx.invites().close(&invitation).await? {
            return Err(InviteError::NotPending.into());
        }
        Ok::<_, Error>(())
    })
}

pub async fn an_invitation_accepted_by_many_lets_one_in(world: World) {
    let org = world.org().await;
    for _ in 0..world.rounds {
        let user = world.user().await;
        let (_, token) = world.invite(&org, user.email.clone(), org.role(SystemRole::Member)).await;
        let tasks = (0..64).map(|_| accept(world.clone(), org.id, token, user.id)).collect();
        assert_one_won(&at_once(tasks).await, InviteError::AlreadyUsed);
        assert!(world.membership(org.id, user.id).await.unwrap().is_member());
    }
}

/// No organization is locked here, so the condition on the status must let exactly one close it.
pub async fn an_invitation_settled_by_many_is_settled_once(world: World) {
    async fn close(world: World, invitation: Invitation) -> Result<bool, Error> {
        transaction!(world, |tx| tx.invites().close(&invitation).await)
    }
    let org = world.org().await;
    for _ in 0..world.rounds {
        let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
        let settled: Vec<_> = (1..=16)
            .map(|second| {
                let mut settled = invitation.clone();
                settled.accept(world.after(second)).unwrap();
                settled
            })
            .collect();
        let answers = at_once(settled.iter().map(|one| close(world.clone(), one.clone())).collect()).await;
        let winner = answers.iter().position(|answer| *answer == Ok(true)).unwrap();
        assert_one_true(answers);
        let found = read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await);
        assert_eq!(found.as_ref(), settled.get(winner));
    }
}

pub async fn an_invitation_is_either_accepted_or_revoked(world: World) {
    let org = world.org().await;
    for _ in 0..world.rounds {
        let user = world.user().await;
        let (invitation, token) = world.invite(&org, user.email, org.role(SystemRole::Member)).await;
        let answers = both_at_once(
            accept(world.clone(), org.id, token, user.id),
            revoke(world.clone(), org.id, invitation.id),
        );
        let expected = match answers.await {
            (Ok(()), Err(Error::Invite(InviteError::NotPending))) => InvitationStatus::Accepted,
            (Err(Error::Invite(InviteError::Revoked)), Ok(())) => InvitationStatus::Revoked,
            answers => panic!("{answers:?}"),
        };
        let found =
            read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await).unwrap();
        assert_eq!(found.status(world.now), expected);
        let came_in = world.membership(org.id, user.id).await.is_some();
        assert_eq!(came_in, expected == InvitationStatus::Accepted);
    }
}

pub async fn an_address_invited_by_many_has_one_pending_invitation(world: World) {
    async fn invite(world: World, invitation: Invitation) -> Result<(), Error> {
        let token = world.token();
        transaction!(world, |tx| tx.invites().insert(&invitation, &token).await)
    }
    let org = world.org().await;
    let role = org.role(SystemRole::Guest);
    for _ in 0..world.rounds {
        let email = world.email();
        let offers: Vec<_> = (0..8).map(|_| world.new_invitation(&org, email.clone(), role)).collect();
        let answers =
            at_once(offers.iter().map(|offer| invite(world.clone(), offer.clone())).collect()).await;
        assert_one_won(&answers, InviteError::NotPending);
        let winner = answers.iter().position(Result::is_ok).unwrap();
        let pending = read!(world, |tx| tx.invites().find(InvitationKey::Pending(org.id, &email)).await);
        assert_eq!(pending.as_ref(), offers.get(winner));
    }
}
