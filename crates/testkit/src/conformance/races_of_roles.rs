//! Concurrent changes of roles.

use bailiwick_app::Error;
use bailiwick_invites::{Invitation, InvitationKey, InviteError};
use bailiwick_kernel::{Lock, OrgId, RoleId, UserId};
use bailiwick_orgs::{Membership, OrgError};
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, Level, Role, RoleError, SystemRole};

use super::races::{assert_one_true, assert_one_won, at_once, both_at_once};
use super::world::{World, within};

async fn assign(world: World, org: OrgId, user: UserId, role: RoleId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        tx.roles().find(org, role).await?.ok_or(RoleError::NotFound)?;
        let mut membership =
            tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?.membership;
        membership.assign(role)?;
        tx.orgs().update_membership(&membership).await?;
        Ok::<_, Error>(())
    })
}

async fn offer(world: World, invitation: Invitation) -> Result<(), Error> {
    let token = world.token();
    transaction!(world, |tx| {
        tx.orgs().find(invitation.org_id, Lock::Update).await?;
        tx.invites().insert(&invitation, &token).await?;
        Ok::<_, Error>(())
    })
}

async fn delete(world: World, org: OrgId, role: RoleId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        tx.roles().delete(org, role, world.now).await?;
        Ok::<_, Error>(())
    })
}

pub async fn no_member_is_left_with_a_role_deleted_meanwhile(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Guest).await.id;
    let guest = org.role(SystemRole::Guest);
    for _ in 0..world.rounds {
        let role = world.custom_role(&org, "editor", 30).await.id;
        let answers =
            both_at_once(assign(world.clone(), org.id, user, role), delete(world.clone(), org.id, role));
        let held = match answers.await {
            (Ok(()), Err(Error::Role(RoleError::InUse { members: 1, invitations: 0 }))) => role,
            (Err(Error::Role(RoleError::NotFound)), Ok(())) => guest,
            answers => panic!("{answers:?}"),
        };
        let view = world.store.load_view(&within(org.id, user)).await.unwrap().unwrap();
        assert_eq!(view.membership.unwrap().role.map(|role| role.id), Some(held));
        assign(world.clone(), org.id, user, guest).await.unwrap();
        if held == role {
            delete(world.clone(), org.id, role).await.unwrap();
        }
    }
}

pub async fn no_open_invitation_is_left_with_a_role_deleted_meanwhile(world: World) {
    let org = world.org().await;
    for _ in 0..world.rounds {
        let role = world.custom_role(&org, "editor", 30).await.id;
        let invitation = world.new_invitation(&org, world.email(), role);
        let answers =
            both_at_once(offer(world.clone(), invitation.clone()), delete(world.clone(), org.id, role));
        let offered = match answers.await {
            (Ok(()), Err(Error::Role(RoleError::InUse { members: 0, invitations: 1 }))) => true,
            (Err(Error::Invite(InviteError::UnknownRole)), Ok(())) => false,
            answers => panic!("{answers:?}"),
        };
        let found = read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await);
        assert_eq!(found, Some(invitation.clone()).filter(|_| offered));
        if offered {
            world.close(&invitation, Invitation::revoke).await;
            delete(world.clone(), org.id, role).await.unwrap();
        }
    }
}

pub async fn a_role_name_chosen_by_many_has_one_role(world: World) {
    async fn add(world: World, role: Role) -> Result<(), Error> {
        transaction!(world, |tx| {
            tx.orgs().find(role.org_id, Lock::Update).await?;
            tx.roles().insert(&role).await?;
            Ok::<_, Error>(())
        })
    }
    let org = world.org().await;
    for _ in 0..world.rounds.div_ceil(4) {
        let roles: Vec<_> =
            (30..34).map(|level| world.new_role(org.id, "Editor", level, &["kb:read"])).collect();
        let answers = at_once(roles.iter().map(|role| add(world.clone(), role.clone())).collect()).await;
        assert_one_won(&answers, RoleError::NameTaken);
        let winner = &roles[answers.iter().position(Result::is_ok).unwrap()];
        delete(world.clone(), org.id, winner.id).await.unwrap();
    }
}

pub async fn a_catalogue_entry_added_by_many_is_added_once(world: World) {
    async fn add(world: World, entry: CatalogueEntry) -> Result<bool, Error> {
        transaction!(world, |tx| tx.roles().insert_entry(&entry).await)
    }
    let org = world.org().await;
    for round in 0..world.rounds.div_ceil(4) {
        let permission = Permission::parse(&format!("attic{round}:sweep")).unwrap();
        for scope in [None, Some(org.id)] {
            let text = "Sweep".to_owned();
            let entry =
                || CatalogueEntry::new(scope, permission.clone(), text.clone(), &*world.ids, world.now);
            assert_one_true(at_once((0..8).map(|_| add(world.clone(), entry())).collect()).await);
        }
    }
}

/// A removal that races with an assignment always prevails.
pub async fn an_assignment_does_not_restore_a_removed_member(world: World) {
    async fn remove(world: World, org: OrgId, user: UserId) -> Result<(), Error> {
        transaction!(world, |tx| {
            tx.orgs().find(org, Lock::Update).await?;
            let mut membership =
                tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?.membership;
            membership.remove()?;
            tx.orgs().update_membership(&membership).await
        })
    }
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Guest).await.id;
    let (guest, member) = (org.role(SystemRole::Guest), org.role(SystemRole::Member));
    for _ in 0..world.rounds {
        let answers =
            both_at_once(assign(world.clone(), org.id, user, member), remove(world.clone(), org.id, user));
        let (assigned, removed) = answers.await;
        removed.unwrap();
        assert!(matches!(assigned, Ok(()) | Err(Error::Org(OrgError::NotMember))), "{assigned:?}");
        assert!(!world.membership(org.id, user).await.unwrap().is_member());
        world.change(&org, user, |membership: &mut Membership| membership.join(guest, world.now)).await;
    }
}

async fn set_levels(world: World, org: OrgId, levels: Vec<(RoleId, Level)>) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        tx.roles().set_levels(org, &levels).await?;
        Ok::<_, Error>(())
    })
}

fn numbers(roles: &[Role]) -> Vec<(RoleId, u8)> {
    roles.iter().filter(|role| role.system.is_none()).map(|role| (role.id, role.level.get())).collect()
}

pub async fn roles_reordered_by_two_are_in_one_of_the_orders(world: World) {
    let org = world.org().await;
    let mut roles = Vec::new();
    for level in [50, 40, 30] {
        roles.push(world.custom_role(&org, &format!("role {level}"), level).await.id);
    }
    let order = |ids: [RoleId; 3]| -> Vec<(RoleId, Level)> {
        ids.into_iter().zip([50, 40, 30]).map(|(id, level)| (id, Level::custom(level).unwrap())).collect()
    };
    let one = order([roles[2], roles[0], roles[1]]);
    let other = order([roles[1], roles[0], roles[2]]);
    for _ in 0..world.rounds {
        let answers = both_at_once(
            set_levels(world.clone(), org.id, one.clone()),
            set_levels(world.clone(), org.id, other.clone()),
        );
        assert_eq!(answers.await, (Ok(()), Ok(())));
        let found = numbers(&read!(world, |tx| tx.roles().list(org.id).await));
        let plain = |order: &[(RoleId, Level)]| -> Vec<_> {
            order.iter().map(|(id, level)| (*id, level.get())).collect()
        };
        assert!(found == plain(&one) || found == plain(&other), "{found:?}");
    }
}

/// All custom levels but one are taken. The exchange needs that one for a moment, and the new role
/// takes it.
pub async fn a_level_taken_while_roles_exchange_theirs_is_taken_before_or_after(world: World) {
    async fn add(world: World, role: Role) -> Result<(), Error> {
        transaction!(world, |tx| {
            tx.orgs().find(role.org_id, Lock::Update).await?;
            tx.roles().insert(&role).await?;
            Ok::<_, Error>(())
        })
    }
    let org = world.org().await;
    let mut roles = Vec::new();
    for level in (1..=98).filter(|level| ![10, 20, 80].contains(level)) {
        roles.push(world.custom_role(&org, &format!("role {level}"), level).await);
    }
    for round in 0..world.rounds.div_ceil(4) {
        let [one, two] = [&roles[0], &roles[1]].map(|role| role.id);
        let found = numbers(&read!(world, |tx| tx.roles().list(org.id).await));
        let of = |id| found.iter().find(|(found, _)| *found == id).unwrap().1;
        let levels = [(one, of(two)), (two, of(one))].map(|(id, n)| (id, Level::custom(n.into()).unwrap()));
        let last = world.new_role(org.id, "last", 99, &["kb:read"]);
        let answers = both_at_once(
            set_levels(world.clone(), org.id, levels.to_vec()),
            add(world.clone(), last.clone()),
        );
        let (exchanged, added) = answers.await;
        assert_eq!(added, Ok(()), "round {round}: the exchange leaves the level free");
        assert!(matches!(exchanged, Ok(()) | Err(Error::Role(RoleError::NoFreeLevel))), "{exchanged:?}");
        delete(world.clone(), org.id, last.id).await.unwrap();
    }
}
