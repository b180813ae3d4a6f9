//! `RoleRepo`: permissions that system roles are to hold.

use bailiwick_app::Error;
use bailiwick_kernel::{Lock, OrgId, RoleId};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{DeclaredPermission, Lacking, ProductPermissions, RequiredGrant, Role, SystemRole};

use super::races::{at_once, both_at_once};
use super::world::{Org, World, patterns};

fn required(grants: &[(SystemRole, &str)]) -> Vec<RequiredGrant> {
    let grant = |(role, text): &(SystemRole, &str)| RequiredGrant {
        role: *role,
        permission: Permission::parse(text).unwrap(),
    };
    grants.iter().map(grant).collect()
}

async fn find(world: &World, grants: &[(SystemRole, &str)], after: Option<OrgId>, limit: u32) -> Lacking {
    let required = required(grants);
    read!(world, |tx| tx.roles().find_lacking(&required, after, limit).await)
}

async fn lacking(world: &World, grants: &[(SystemRole, &str)]) -> Vec<OrgId> {
    find(world, grants, None, 1_000_000).await.orgs
}

async fn add(world: &World, role: RoleId, grants: &[&str]) {
    let grants = [(role, patterns(grants))];
    transaction!(world, |tx| tx.roles().add_grants(&grants).await).unwrap();
}

async fn grants_of(world: &World, org: &Org, system: SystemRole) -> Vec<Pattern> {
    let found = read!(world, |tx| tx.roles().find(org.id, org.role(system)).await);
    found.unwrap().permissions
}

async fn orgs(world: &World, number: usize) -> Vec<Org> {
    let mut orgs = Vec::new();
    for _ in 0..number {
        orgs.push(world.org().await);
    }
    orgs.sort_by_key(|org| org.id);
    orgs
}

fn ids(orgs: &[Org]) -> Vec<OrgId> {
    orgs.iter().map(|org| org.id).collect()
}

pub async fn organizations_that_lack_a_permission_are_found_in_order(world: World) {
    let orgs = orgs(&world, 5).await;
    let ids = ids(&orgs);
    let wanted = [(SystemRole::Guest, "attic:sweep"), (SystemRole::Admin, "attic:burn")];
    let page = |orgs: &[OrgId], next: Option<OrgId>| Lacking { orgs: orgs.to_vec(), next };
    assert_eq!(find(&world, &wanted, None, 100).await, page(&ids, None));
    assert_eq!(find(&world, &wanted, None, 2).await, page(&ids[..2], Some(ids[1])));
    assert_eq!(find(&world, &wanted, Some(ids[1]), 2).await, page(&ids[2..4], Some(ids[3])));
    assert_eq!(find(&world, &wanted, Some(ids[3]), 2).await, page(&ids[4..], None));
    assert_eq!(find(&world, &wanted, Some(ids[4]), 2).await, page(&[], None));
    // One of the two roles has all of its own; the organization is still found for the other, and once.
    add(&world, orgs[0].role(SystemRole::Guest), &["attic:sweep"]).await;
    assert_eq!(find(&world, &wanted, None, 100).await, page(&ids, None));
    add(&world, orgs[0].role(SystemRole::Admin), &["attic:burn"]).await;
    assert_eq!(find(&world, &wanted, None, 100).await, page(&ids[1..], None));
    // Those that lack nothing count towards the limit.
    assert_eq!(find(&world, &wanted, None, 2).await, page(&ids[1..2], Some(ids[1])));
    assert_eq!(lacking(&world, &[]).await, []);
}

pub async fn an_archived_organization_that_lacks_a_permission_is_found(world: World) {
    let org = world.org().await;
    transaction!(world, |tx| tx.orgs().set_archived(org.id, Some(world.now)).await).unwrap();
    assert_eq!(lacking(&world, &[(SystemRole::Guest, "attic:sweep")]).await, [org.id]);
}

pub async fn a_permission_is_lacking_unless_a_grant_of_the_system_role_matches_it(world: World) {
    let org = world.org().await;
    let custom = world.new_role(org.id, "sweeper", 30, &["attic_x:sweep"]);
    transaction!(world, |tx| tx.roles().insert(&custom).await).unwrap();
    let guest = org.role(SystemRole::Guest);
    let held = org.system_role(SystemRole::Guest).permissions.clone();
    for (grant, matches) in [
        ("attic_x:sweep", true),
        ("attic_x:*", true),
        ("attic*:s*p", true),
        ("*:sweep", true),
        ("*:*", true),
        ("*", true),
        ("attic_x:sweeps", false),
        ("attic_x:swee", false),
        ("xattic_x:sweep", false),
        ("attic-x:sweep", false),
        ("ATTIC_X:sweep", false),
        ("attic_x:Sweep", false),
        ("attic_x:swe*we*p", false),
        ("attic:*", false),
        ("attic.x:*", false),
        ("*:swee", false),
    ] {
        add(&world, guest, &[grant]).await;
        let found = lacking(&world, &[(SystemRole::Guest, "attic_x:sweep")]).await;
        assert_eq!(found.is_empty(), matches, "{grant}");
        let former = Role { permissions: held.clone(), ..org.system_role(SystemRole::Guest).clone() };
        transaction!(world, |tx| tx.roles().update(&former).await).unwrap();
    }
    assert_eq!(lacking(&world, &[(SystemRole::Owner, "attic_x:sweep")]).await, []);
}

pub async fn system_roles_are_found_as_they_are_under_the_lock(world: World) {
    let orgs = orgs(&world, 3).await;
    for org in &orgs {
        world.custom_role(org, "editor", 30).await;
    }
    let archived = orgs[1].id;
    transaction!(world, |tx| tx.orgs().set_archived(archived, Some(world.now)).await).unwrap();
    let unknown = world.new_organization().id;
    // Neither in order nor once.
    let asked = [orgs[1].id, unknown, orgs[0].id, orgs[1].id];
    let mut found = transaction!(world, |tx| tx.roles().lock_system_roles(&asked).await).unwrap();
    let mut expected = [orgs[0].roles.clone(), orgs[1].roles.clone()].concat();
    found.sort_by_key(|role| role.id);
    expected.sort_by_key(|role| role.id);
    assert_eq!(found, expected);
    let none = transaction!(world, |tx| tx.roles().lock_system_roles(&[]).await).unwrap();
    assert_eq!(none, []);
}

pub async fn added_grants_come_after_the_others_and_once(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let before = org.system_role(SystemRole::Guest).permissions.clone();
    let empty = world.new_role(org.id, "empty", 30, &[]);
    transaction!(world, |tx| tx.roles().insert(&empty).await).unwrap();
    let grants = [
        (org.role(SystemRole::Guest), patterns(&["z:z", "a:a", "kb:read"])),
        (org.role(SystemRole::Member), patterns(&["m:m"])),
        (empty.id, patterns(&["z:z", "a:a"])),
    ];
    transaction!(world, |tx| tx.roles().add_grants(&grants).await).unwrap();
    add(&world, org.role(SystemRole::Guest), &["b:b", "a:a"]).await;
    let expected = [before.clone(), patterns(&["z:z", "a:a", "b:b"])].concat();
    assert_eq!(grants_of(&world, &org, SystemRole::Guest).await, expected);
    assert!(grants_of(&world, &org, SystemRole::Member).await.ends_with(&patterns(&["m:m"])));
    let found = read!(world, |tx| tx.roles().find(org.id, empty.id).await);
    assert_eq!(found.unwrap().permissions, patterns(&["z:z", "a:a"]));
    assert_eq!(grants_of(&world, &other, SystemRole::Guest).await, before);
    transaction!(world, |tx| tx.roles().add_grants(&[]).await).unwrap();
}

/// Grants what is missing, and returns the number of roles that lacked it.
async fn complete(world: World, orgs: Vec<OrgId>) -> Result<usize, Error> {
    let permission = Permission::parse("attic:sweep").unwrap();
    let declared = [DeclaredPermission::new(permission, "Sweep", SystemRole::Guest).unwrap()];
    let product = ProductPermissions { resources: &[], declared: &declared };
    transaction!(world, |tx| {
        let roles = tx.roles().lock_system_roles(&orgs).await?;
        let missing =
            |role: Role| Some((role.id, product.missing_in(&role))).filter(|(_, some)| !some.is_empty());
        let grants: Vec<_> = roles.into_iter().filter_map(missing).collect();
        tx.roles().add_grants(&grants).await?;
        Ok::<_, Error>(grants.len())
    })
}

pub async fn of_many_who_complete_roles_at_once_one_finds_them_lacking(world: World) {
    for _ in 0..world.rounds.div_ceil(8) {
        let orgs = ids(&orgs(&world, 3).await);
        let backwards: Vec<_> = orgs.iter().rev().copied().collect();
        let tasks = [&orgs, &backwards, &orgs, &backwards].map(|orgs| complete(world.clone(), orgs.clone()));
        let outcomes = at_once(tasks.into()).await;
        let mut counts: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 0, 9]);
    }
}

/// Reads the guest role under the lock of the organization, and stores it with the grants that it read.
async fn rewrite(world: World, org: OrgId, guest: RoleId) -> Result<(), Error> {
    transaction!(world, |tx| {
        tx.orgs().find(org, Lock::Update).await?;
        let role = tx.roles().find(org, guest).await?.unwrap();
        tx.roles().update(&role).await?;
        Ok::<_, Error>(())
    })
}

pub async fn a_role_stored_anew_while_grants_are_added_keeps_them(world: World) {
    let wanted = [(SystemRole::Guest, "attic:sweep")];
    for _ in 0..world.rounds.div_ceil(4) {
        let org = world.org().await;
        let rewriting = rewrite(world.clone(), org.id, org.role(SystemRole::Guest));
        let (completed, rewritten) = both_at_once(complete(world.clone(), vec![org.id]), rewriting).await;
        assert_eq!(completed, Ok(3));
        rewritten.unwrap();
        assert_eq!(lacking(&world, &wanted).await, []);
    }
}
