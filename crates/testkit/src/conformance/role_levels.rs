//! `RoleRepo::set_levels`.

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, OrgId, RoleId};
use bailiwick_roles::{Level, Role, RoleError, SystemRole};

use super::world::{Org, World, assert_refused};

fn at(role: &Role, level: i64) -> (RoleId, Level) {
    (role.id, Level::custom(level).unwrap())
}

async fn set(world: &World, org: OrgId, levels: &[(RoleId, Level)]) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        tx.roles().set_levels(org, levels).await?;
        Ok::<_, Error>(())
    })
}

async fn all(world: &World, org: OrgId) -> Vec<Role> {
    read!(world, |tx| tx.roles().list(org).await)
}

async fn roles_at(world: &World, org: &Org, levels: &[i64]) -> Vec<Role> {
    let mut roles = Vec::new();
    for level in levels {
        roles.push(world.custom_role(org, &format!("role {level}"), *level).await);
    }
    roles
}

pub async fn roles_exchange_levels_and_nothing_else(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let roles = roles_at(&world, &org, &[30, 40, 50, 60, 70]).await;
    roles_at(&world, &other, &[30, 40, 50]).await;
    let elsewhere = all(&world, other.id).await;
    for levels in [
        [40, 30, 50, 60, 70],
        [50, 40, 60, 30, 70],
        [70, 60, 50, 40, 30],
        [60, 70, 30, 50, 40],
        // A chain of moves that ends at free levels.
        [70, 30, 31, 32, 33],
        [30, 40, 50, 60, 70],
        [30, 40, 50, 60, 70],
    ] {
        let mut wanted: Vec<_> = roles.iter().zip(levels).map(|(role, level)| at(role, level)).collect();
        wanted.rotate_left(2);
        set(&world, org.id, &wanted).await.unwrap();
        let mut expected: Vec<_> = roles
            .iter()
            .zip(levels)
            .map(|(role, level)| Role { level: at(role, level).1, ..role.clone() })
            .chain(org.roles.iter().cloned())
            .collect();
        expected.sort_by_key(|role| std::cmp::Reverse(role.level));
        assert_eq!(all(&world, org.id).await, expected);
    }
    assert_eq!(all(&world, other.id).await, elsewhere);
}

pub async fn two_roles_never_get_one_level(world: World) {
    let org = world.org().await;
    let roles = roles_at(&world, &org, &[30, 40]).await;
    let before = all(&world, org.id).await;
    let guest = i64::from(org.system_role(SystemRole::Guest).level.get());
    for levels in
        [vec![at(&roles[0], 40)], vec![at(&roles[0], 50), at(&roles[1], 50)], vec![at(&roles[1], guest)]]
    {
        assert_refused(set(&world, org.id, &levels).await, RoleError::LevelTaken);
        assert_eq!(all(&world, org.id).await, before);
    }
}

pub async fn an_exchange_needs_a_free_level(world: World) {
    let org = world.org().await;
    let mut roles = Vec::new();
    for level in (1..=99).filter(|level| ![10, 20, 80].contains(level)) {
        roles.push(world.custom_role(&org, &format!("role {level}"), level).await);
    }
    let swapped = [at(&roles[0], 2), at(&roles[1], 1)];
    assert_refused(set(&world, org.id, &swapped).await, RoleError::NoFreeLevel);
    set(&world, org.id, &[at(&roles[0], 1), at(&roles[1], 2)]).await.unwrap();
    let last = roles.pop().unwrap();
    transaction!(world, |tx| tx.roles().delete(org.id, last.id, world.now).await).unwrap();
    set(&world, org.id, &swapped).await.unwrap();
    let found = read!(world, |tx| tx.roles().find(org.id, roles[0].id).await).unwrap();
    assert_eq!(found.level.get(), 2);
}

pub async fn a_role_of_another_organization_gets_no_level(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let mine = world.custom_role(&org, "editor", 30).await;
    let theirs = world.custom_role(&other, "editor", 40).await;
    let before = (all(&world, org.id).await, all(&world, other.id).await);
    let levels = [at(&mine, 31), at(&theirs, 41)];
    assert_refused(set(&world, org.id, &levels).await, RoleError::NotFound);
    let unknown = world.new_role(org.id, "none", 1, &[]);
    assert_refused(set(&world, org.id, &[at(&unknown, 2)]).await, RoleError::NotFound);
    assert_eq!((all(&world, org.id).await, all(&world, other.id).await), before);
}
