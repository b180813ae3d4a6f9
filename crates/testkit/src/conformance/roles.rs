//! `RoleRepo`: roles. Their deletion is in `role_deletion.rs`.

use std::cmp::Reverse;

use bailiwick_app::Error;
use bailiwick_kernel::{OrgId, RoleId};
use bailiwick_roles::{Level, Role, RoleError, SystemRole};

use super::world::{World, assert_refused, name, patterns};

async fn stored(world: &World, org: OrgId, id: RoleId) -> Option<Role> {
    read!(world, |tx| tx.roles().find(org, id).await)
}

async fn add(world: &World, role: &Role) -> Result<(), Error> {
    transaction!(world, |tx| tx.roles().insert(role).await)
}

async fn update(world: &World, role: &Role) -> Result<(), Error> {
    transaction!(world, |tx| tx.roles().update(role).await)
}

pub async fn a_role_is_found_as_it_was_stored(world: World) {
    let org = world.org().await;
    let mut roles = org.roles.clone();
    roles.push(world.new_role(org.id, "\u{dc}berpr\u{fc}fer", 30, &["kb:read", "*", "kb:*", "a-b.c_d:r*"]));
    roles.push(Role { description: String::new(), ..world.new_role(org.id, "idle", 1, &[]) });
    for role in roles.iter().skip(4) {
        add(&world, role).await.unwrap();
    }
    for role in roles {
        assert_eq!(stored(&world, org.id, role.id).await, Some(role));
    }
}

pub async fn grants_keep_their_order(world: World) {
    let org = world.org().await;
    let texts: Vec<_> = (0..60_u32).map(|n| format!("r{}:do", (n * 37) % 60)).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let mut role = world.new_role(org.id, "many", 30, &texts);
    add(&world, &role).await.unwrap();
    assert_eq!(stored(&world, org.id, role.id).await.as_ref(), Some(&role));
    role.permissions.reverse();
    role.permissions.rotate_left(7);
    update(&world, &role).await.unwrap();
    assert_eq!(stored(&world, org.id, role.id).await.as_ref(), Some(&role));
    let listed = read!(world, |tx| tx.roles().list(org.id).await);
    assert!(listed.contains(&role));
}

pub async fn a_role_of_another_organization_is_not_found(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let role = world.custom_role(&other, "editor", 30).await;
    assert_eq!(stored(&world, org.id, role.id).await, None);
    assert_eq!(stored(&world, org.id, other.role(SystemRole::Owner)).await, None);
    assert_eq!(stored(&world, org.id, world.new_role(org.id, "none", 1, &[]).id).await, None);
}

pub async fn roles_are_listed_by_level_with_the_highest_first(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    world.custom_role(&other, "foreign", 55).await;
    let mut expected = org.roles.clone();
    for (title, level) in [("low", 1), ("high", 99), ("nine", 9), ("middle", 50)] {
        expected.push(world.custom_role(&org, title, level).await);
    }
    expected.sort_by_key(|role| Reverse(role.level));
    assert_eq!(read!(world, |tx| tx.roles().list(org.id).await), expected);
}

pub async fn a_name_has_one_role_in_any_case(world: World) {
    let org = world.org().await;
    world.custom_role(&org, "Editor", 30).await;
    for title in ["Editor", "editor", "EDITOR", "Owner"] {
        let second = world.new_role(org.id, title, 31, &["kb:read"]);
        assert_refused(add(&world, &second).await, RoleError::NameTaken);
        assert_eq!(stored(&world, org.id, second.id).await, None);
    }
}

pub async fn a_level_has_one_role(world: World) {
    let org = world.org().await;
    world.custom_role(&org, "editor", 30).await;
    for level in [30, 80] {
        let second = world.new_role(org.id, "author", level, &["kb:read"]);
        assert_refused(add(&world, &second).await, RoleError::LevelTaken);
    }
}

pub async fn a_name_taken_is_named_before_a_level_taken(world: World) {
    let org = world.org().await;
    world.custom_role(&org, "editor", 30).await;
    world.custom_role(&org, "author", 40).await;
    // Both are taken by the same role, or by one role each.
    for level in [30, 40] {
        let second = world.new_role(org.id, "EDITOR", level, &[]);
        assert_refused(add(&world, &second).await, RoleError::NameTaken);
    }
}

pub async fn organizations_share_no_names_and_levels(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let here = world.custom_role(&org, "editor", 30).await;
    let there = world.custom_role(&other, "editor", 30).await;
    assert_eq!(stored(&world, org.id, here.id).await.as_ref(), Some(&here));
    assert_eq!(stored(&world, other.id, there.id).await.as_ref(), Some(&there));
}

pub async fn name_description_level_and_grants_are_updated_and_nothing_else(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let bystander = world.custom_role(&org, "author", 40).await;
    for changed in [
        Role { name: name("EDITOR"), ..role.clone() },
        Role { description: String::new(), ..role.clone() },
        Role { level: Level::custom(31).unwrap(), ..role.clone() },
        Role { permissions: patterns(&["kb:write"]), ..role.clone() },
        Role { permissions: Vec::new(), ..role.clone() },
        world_apart(&role),
    ] {
        let altered = Role { created_at: world.after(99), ..changed.clone() };
        update(&world, &altered).await.unwrap();
        assert_eq!(stored(&world, org.id, role.id).await, Some(changed));
    }
    assert_eq!(stored(&world, org.id, bystander.id).await, Some(bystander));
}

fn world_apart(role: &Role) -> Role {
    Role {
        name: name("Another"),
        description: "Another description".to_owned(),
        level: Level::custom(77).unwrap(),
        permissions: patterns(&["z:z", "a:a", "kb:*", "kb:read"]),
        ..role.clone()
    }
}

pub async fn an_update_takes_no_name_or_level_of_another_role(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    world.custom_role(&org, "Author", 40).await;
    let renamed = Role { name: name("aUTHOR"), ..role.clone() };
    assert_refused(update(&world, &renamed).await, RoleError::NameTaken);
    let moved = Role { level: Level::custom(40).unwrap(), ..role.clone() };
    assert_refused(update(&world, &moved).await, RoleError::LevelTaken);
    assert_eq!(stored(&world, org.id, role.id).await, Some(role));
}

pub async fn a_role_of_another_organization_is_not_updated(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let role = world.custom_role(&other, "editor", 30).await;
    let smuggled = Role { org_id: org.id, permissions: patterns(&["*"]), ..role.clone() };
    assert_refused(update(&world, &smuggled).await, RoleError::NotFound);
    let unknown = world.new_role(org.id, "none", 1, &[]);
    assert_refused(update(&world, &unknown).await, RoleError::NotFound);
    assert_eq!(stored(&world, other.id, role.id).await, Some(role));
}
