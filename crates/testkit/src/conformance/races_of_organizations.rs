//! Organizations and memberships when many come at once.

use std::time::Duration;

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, OrgId, UserId};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError, Organization};
use bailiwick_roles::SystemRole;

use super::races::{assert_one_won, at_once, both_at_once};
use super::world::{World, name, within};

type Change = fn(&mut Membership) -> Result<(), OrgError>;

const ENDINGS: [Change; 2] = [Membership::suspend, Membership::remove];

async fn count_up(world: World, org: OrgId) -> Result<(), Error> {
    transaction!(world, |tx| {
        assert!(tx.orgs().find(org, Lock::Update).await?.is_some());
        let mut org = tx.orgs().find(org, Lock::None).await?.ok_or(OrgError::NotFound)?;
        let count: u32 = org.name.as_str().parse().unwrap();
        org.name = name(&(count + 1).to_string());
        tx.orgs().update(&org).await
    })
}

pub async fn writes_under_the_lock_of_an_organization_happen_one_after_another(world: World) {
    for _ in 0..world.rounds.div_ceil(10) {
        let org = Organization { name: name("0"), ..world.new_organization() };
        transaction!(world, |tx| tx.orgs().insert(&org).await).unwrap();
        for answer in at_once((0..16).map(|_| count_up(world.clone(), org.id)).collect()).await {
            answer.unwrap();
        }
        let counted = read!(world, |tx| tx.orgs().find(org.id, Lock::None).await).unwrap();
        assert_eq!(counted.name.as_str(), "16");
    }
}

pub async fn who_locks_or_deletes_a_locked_organization_waits(world: World) {
    let org = world.org().await;
    let id = org.id;
    let mut holder = world.begin().await;
    assert_eq!(holder.orgs().find(id, Lock::Update).await.map(|org| org.is_some()), Ok(true));
    let lock = world.clone();
    let lock = tokio::spawn(async move { transaction!(lock, |tx| tx.orgs().find(id, Lock::Update).await) });
    let owners = world.clone();
    let owners = tokio::spawn(async move { transaction!(owners, |tx| tx.orgs().lock_owners(id).await) });
    let delete = world.clone();
    let delete = tokio::spawn(async move { transaction!(delete, |tx| tx.orgs().delete(id).await) });
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(!lock.is_finished() && !owners.is_finished() && !delete.is_finished());
    assert_eq!(read!(world, |tx| tx.orgs().find(id, Lock::None).await), Some(org.organization));
    holder.commit().await.unwrap();
    lock.await.unwrap().unwrap();
    let after_deletion = Err(OrgError::NotFound.into());
    let owners = owners.await.unwrap().map(drop);
    assert!(owners.is_ok() || owners == after_deletion, "{owners:?}");
    delete.await.unwrap().unwrap();
    assert_eq!(read!(world, |tx| tx.orgs().find(id, Lock::None).await), None);
}

async fn leave(world: World, org: OrgId, user: UserId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().lock_owners(org).await?.can_do_without(user)?;
        let mut membership =
            tx.directory().find_member(org, user).await?.ok_or(OrgError::NotMember)?.membership;
        membership.remove()?;
        tx.orgs().update_membership(&membership).await
    })
}

pub async fn of_two_owners_who_leave_at_once_one_stays(world: World) {
    let org = world.org().await;
    let (a, b) = (org.owner.id, world.member(&org, SystemRole::Owner).await.id);
    for _ in 0..world.rounds {
        let (one, other) =
            both_at_once(leave(world.clone(), org.id, a), leave(world.clone(), org.id, b)).await;
        let (left, stayed) = if one.is_ok() { (a, b) } else { (b, a) };
        assert_one_won(&[one, other], OrgError::LastOwner);
        let owners = transaction!(world, |tx| tx.orgs().lock_owners(org.id).await).unwrap();
        assert!(owners.contains(stayed) && !owners.contains(left));
        let owner = org.role(SystemRole::Owner);
        world.change(&org, left, |membership| membership.join(owner, world.now)).await;
    }
}

pub async fn of_many_owners_who_leave_at_once_one_stays(world: World) {
    for _ in 0..world.rounds.div_ceil(20) {
        let org = world.org().await;
        let mut owners = vec![org.owner.id];
        for _ in 0..7 {
            owners.push(world.member(&org, SystemRole::Owner).await.id);
        }
        let tasks = owners.iter().map(|owner| leave(world.clone(), org.id, *owner)).collect();
        let refused = at_once(tasks).await.into_iter().filter(Result::is_err).count();
        assert_eq!(refused, 1);
        let left = transaction!(world, |tx| tx.orgs().lock_owners(org.id).await).unwrap();
        assert_eq!(owners.into_iter().filter(|owner| left.contains(*owner)).count(), 1);
    }
}

/// Acts as a use case does: locks the actor's view, checks it, then changes the target.
async fn end(
    world: World,
    org: OrgId,
    (actor, target): (UserId, UserId),
    how: Change,
    locks_first: bool,
) -> Result<(), Error> {
    transaction!(world, |tx| {
        if locks_first {
            tx.orgs().find(org, Lock::Update).await?;
        }
        let view = tx.lock_view(&within(org, actor)).await?.and_then(|view| view.membership);
        if view.is_none_or(|membership| membership.status != MembershipStatus::Active) {
            return Err(OrgError::NotMember.into());
        }
        tx.orgs().find(org, Lock::Update).await?;
        let mut membership =
            tx.directory().find_member(org, target).await?.ok_or(OrgError::NotMember)?.membership;
        how(&mut membership)?;
        tx.orgs().update_membership(&membership).await?;
        Ok::<_, Error>(())
    })
}

async fn end_each_other(world: &World, rounds: u32, locks_first: bool) {
    let org = world.org().await;
    let (a, b) =
        (world.member(&org, SystemRole::Admin).await.id, world.member(&org, SystemRole::Admin).await.id);
    for how in (0..rounds).map(|round| ENDINGS[usize::from(round % 2 == 1)]) {
        let (one, other) = both_at_once(
            end(world.clone(), org.id, (a, b), how, locks_first),
            end(world.clone(), org.id, (b, a), how, locks_first),
        )
        .await;
        assert_one_won(&[one, other], OrgError::NotMember);
        let mut active = 0;
        for id in [a, b] {
            let mut membership = world.membership(org.id, id).await.unwrap();
            active += usize::from(membership.status == MembershipStatus::Active);
            membership.status = MembershipStatus::Active;
            transaction!(world, |tx| tx.orgs().update_membership(&membership).await).unwrap();
        }
        assert_eq!(active, 1);
    }
}

pub async fn of_two_who_suspend_or_remove_each_other_one_stays(world: World) {
    end_each_other(&world, world.rounds, true).await;
}

/// Each transaction locks its own membership and then changes the other, so the two wait for each
/// other. A store that locks rows must fail one of them.
pub async fn of_two_who_hold_themselves_and_end_each_other_one_stays(world: World) {
    end_each_other(&world, world.rounds.div_ceil(50), false).await;
}

pub async fn a_pair_joined_by_many_has_one_membership(world: World) {
    async fn join(world: World, membership: Membership) -> Result<(), Error> {
        transaction!(world, |tx| tx.orgs().insert_membership(&membership).await)
    }
    let org = world.org().await;
    for _ in 0..world.rounds {
        let user = world.user().await.id;
        let roles =
            SystemRole::ALL.map(|system| Membership::active(org.id, user, org.role(system), world.now));
        let tasks = roles.iter().chain(&roles).map(|membership| join(world.clone(), membership.clone()));
        let answers = at_once(tasks.collect()).await;
        assert_one_won(&answers, OrgError::AlreadyMember);
        let winner = answers.iter().position(Result::is_ok).unwrap();
        assert_eq!(world.membership(org.id, user).await.as_ref(), roles.get(winner % roles.len()));
    }
}

pub async fn a_slug_chosen_by_many_has_one_organization(world: World) {
    async fn found(world: World, org: Organization) -> Result<(), Error> {
        transaction!(world, |tx| tx.orgs().insert(&org).await)
    }
    for _ in 0..world.rounds {
        let slug = world.slug();
        let new = || Organization { slug: slug.clone(), ..world.new_organization() };
        let tasks = (0..8).map(|_| found(world.clone(), new())).collect();
        assert_one_won(&at_once(tasks).await, OrgError::SlugTaken);
    }
}

pub async fn an_organization_brought_back_by_many_is_brought_back_once(world: World) {
    async fn restore(world: World, org: OrgId) -> Result<(), Error> {
        transaction!(world, |tx| tx.orgs().set_archived(org, None).await)
    }
    let org = world.org().await.id;
    for _ in 0..world.rounds {
        transaction!(world, |tx| tx.orgs().set_archived(org, Some(world.now)).await).unwrap();
        let answers = at_once((0..6).map(|_| restore(world.clone(), org)).collect()).await;
        assert_one_won(&answers, OrgError::NotFound);
    }
}

pub async fn who_waits_for_an_organization_that_is_archived_finds_none(world: World) {
    let id = world.org().await.id;
    let mut holder = world.begin().await;
    holder.orgs().set_archived(id, Some(world.now)).await.unwrap();
    let lock = world.clone();
    let lock = tokio::spawn(async move { transaction!(lock, |tx| tx.orgs().find(id, Lock::Update).await) });
    let owners = world.clone();
    let owners = tokio::spawn(async move { transaction!(owners, |tx| tx.orgs().lock_owners(id).await) });
    let delete = world.clone();
    let delete = tokio::spawn(async move { transaction!(delete, |tx| tx.orgs().delete(id).await) });
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(!lock.is_finished() && !owners.is_finished() && !delete.is_finished());
    holder.commit().await.unwrap();
    assert_eq!(lock.await.unwrap(), Ok(None));
    assert_eq!(owners.await.unwrap().map(drop), Err(OrgError::NotFound.into()));
    assert_eq!(delete.await.unwrap(), Err(OrgError::NotFound.into()));
}
