//! `RoleRepo`: the permission catalogue.

use bailiwick_kernel::OrgId;
use bailiwick_rbac::Permission;
use bailiwick_roles::CatalogueEntry;

use super::world::{World, difficult};

fn permission(text: &str) -> Permission {
    Permission::parse(text).unwrap()
}

fn new_entry(world: &World, org: Option<OrgId>, text: &str) -> CatalogueEntry {
    CatalogueEntry::new(
        org,
        permission(text),
        format!(" {} ", difficult(&format!("May {text}"))),
        &*world.ids,
        world.now,
    )
}

async fn add(world: &World, entry: &CatalogueEntry) -> bool {
    transaction!(world, |tx| tx.roles().insert_entry(entry).await).unwrap()
}

async fn entry(world: &World, org: Option<OrgId>, text: &str) -> CatalogueEntry {
    let entry = new_entry(world, org, text);
    assert!(add(world, &entry).await);
    entry
}

async fn find(world: &World, org: Option<OrgId>, text: &str) -> Option<CatalogueEntry> {
    let permission = permission(text);
    let mut found = read!(world, |tx| tx.roles().list_entries(org, Some(&permission)).await);
    assert!(found.len() < 2);
    found.pop()
}

pub async fn an_entry_is_found_as_it_was_stored(world: World) {
    let org = world.org().await;
    let global = entry(&world, None, "attic:sweep").await;
    let own = entry(&world, Some(org.id), "attic:paint").await;
    assert_eq!(find(&world, Some(org.id), "attic:sweep").await.as_ref(), Some(&global));
    assert_eq!(find(&world, None, "attic:sweep").await, Some(global));
    assert_eq!(find(&world, Some(org.id), "attic:paint").await, Some(own));
    assert_eq!(find(&world, Some(org.id), "attic:burn").await, None);
    assert_eq!(find(&world, Some(org.id), "Attic:sweep").await, None);
}

pub async fn a_private_entry_is_seen_only_by_its_organization(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let own = entry(&world, Some(org.id), "attic:paint").await;
    assert_eq!(find(&world, Some(other.id), "attic:paint").await, None);
    assert_eq!(find(&world, None, "attic:paint").await, None);
    assert!(!read!(world, |tx| tx.roles().list_entries(Some(other.id), None).await).contains(&own));
    assert!(read!(world, |tx| tx.roles().list_entries(Some(org.id), None).await).contains(&own));
}

pub async fn a_permission_is_stored_once_per_scope(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    for scope in [None, Some(org.id), Some(other.id)] {
        let first = entry(&world, scope, "attic:sweep").await;
        let second =
            CatalogueEntry { description: "other".to_owned(), ..new_entry(&world, scope, "attic:sweep") };
        assert!(!add(&world, &second).await, "{scope:?}");
        if scope.is_none() {
            assert_eq!(find(&world, scope, "attic:sweep").await, Some(first));
        }
    }
}

pub async fn entries_are_listed_by_resource_and_action(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    // In the order of the whole text, "attic-b:read" would come before "attic:sweep".
    let expected = ["attic:burn", "attic:sweep", "attic-b:read", "cellar:dig", "cellar:fill"];
    for (place, text) in [(3, Some(org.id)), (1, None), (4, None), (0, Some(org.id)), (2, None)] {
        entry(&world, text, expected[place]).await;
    }
    entry(&world, Some(other.id), "attic:paint").await;
    let listed = read!(world, |tx| tx.roles().list_entries(Some(org.id), None).await);
    let names: Vec<_> = listed.iter().map(|entry| entry.permission.as_str()).collect();
    assert_eq!(names, expected);
}

pub async fn a_permission_that_is_global_and_private_is_listed_once_as_global(world: World) {
    let org = world.org().await;
    entry(&world, Some(org.id), "attic:sweep").await;
    let global = entry(&world, None, "attic:sweep").await;
    let first_global = entry(&world, None, "attic:paint").await;
    entry(&world, Some(org.id), "attic:paint").await;
    assert_eq!(read!(world, |tx| tx.roles().list_entries(Some(org.id), None).await), [first_global, global]);
}

pub async fn without_an_organization_only_global_entries_are_listed(world: World) {
    let org = world.org().await;
    entry(&world, Some(org.id), "attic:paint").await;
    let global = entry(&world, None, "attic:sweep").await;
    assert_eq!(read!(world, |tx| tx.roles().list_entries(None, None).await), [global]);
}
