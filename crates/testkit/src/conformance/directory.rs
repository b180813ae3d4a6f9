//! `DirectoryRepo`: lists of members. The search for members is in `member_search.rs`.

use bailiwick_app::{Error, MemberFilter, MemberRecord, OrgScope, OrgWithRole, RoleRef};
use bailiwick_kernel::{Limit, Page, PageRequest};
use bailiwick_orgs::{EffectiveStatus, Membership, MembershipStatus, OrgError};
use bailiwick_roles::{Role, SystemRole};
use bailiwick_users::User;
use uuid::Uuid;

use super::world::{Org, World};

type Change = fn(&mut Membership) -> Result<(), OrgError>;

/// Reads every page of a list, each of at most `limit` items, and returns all items.
pub async fn all_pages<T>(limit: &str, mut list: impl AsyncFnMut(PageRequest) -> Page<T>) -> Vec<T> {
    let limit = Limit::parse(Some(limit)).unwrap();
    let mut request = PageRequest { limit, after: None };
    let mut items = Vec::new();
    for _ in 0..1000 {
        let page = list(request).await;
        assert!(page.items.len() <= limit.get(), "a page has at most the requested number of items");
        items.extend(page.items);
        if page.next.is_none() {
            return items;
        }
        assert!(items.len().is_multiple_of(limit.get()), "only the last page is short");
        request.after = page.next;
    }
    panic!("the pages do not end");
}

pub fn ids_of<T>(items: &[T], id: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
    items.iter().map(id).collect()
}

fn reference(role: &Role) -> RoleRef {
    RoleRef { id: role.id, name: role.name.to_string(), level: role.level }
}

async fn record(world: &World, org: &Org, user: &User, system: SystemRole) -> MemberRecord {
    MemberRecord {
        user: user.clone(),
        membership: world.membership(org.id, user.id).await.unwrap(),
        role: Some(reference(org.system_role(system))),
    }
}

async fn listed(world: &World, org: &Org, filter: &MemberFilter) -> Vec<MemberRecord> {
    let page = PageRequest::default();
    read!(world, |tx| tx.directory().list_members(org.id, filter, world.now, page).await).items
}

pub async fn a_member_is_found_in_every_status(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let changes: [Change; 3] = [|_| Ok(()), Membership::suspend, Membership::remove];
    for change in changes {
        world.change(&org, user.id, change).await;
        let expected = record(&world, &org, &user, SystemRole::Member).await;
        assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, user.id).await), Some(expected));
    }
    let late = world.user().await;
    let invited =
        Membership::invited(org.id, late.id, org.role(SystemRole::Guest), world.after(-1), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
    let expected = record(&world, &org, &late, SystemRole::Guest).await;
    assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, late.id).await), Some(expected));
}

pub async fn a_user_without_a_membership_is_not_found(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, other.owner.id).await), None);
    let stranger = world.new_user();
    assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, stranger.id).await), None);
}

/// Creates an organization with members of each status; the records are in ascending order of account.
async fn mixed(world: &World) -> (Org, Vec<MemberRecord>) {
    let (org, other) = (world.org().await, world.org().await);
    world.member(&other, SystemRole::Member).await;
    let mut records = vec![record(world, &org, &org.owner, SystemRole::Owner).await];
    for change in [Membership::suspend, Membership::remove, Membership::restore] {
        let user = world.member(&org, SystemRole::Member).await;
        world.change(&org, user.id, change).await;
        records.push(record(world, &org, &user, SystemRole::Member).await);
    }
    for seconds in [-1, 0, 1] {
        let user = world.user().await;
        let role = org.role(SystemRole::Guest);
        let invited = Membership::invited(org.id, user.id, role, world.after(seconds), world.now);
        transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
        records.push(record(world, &org, &user, SystemRole::Guest).await);
    }
    // A member of another organization, whose account is older than this organization.
    world.join(&org, other.owner.id, org.role(SystemRole::Member)).await;
    records.push(record(world, &org, &other.owner, SystemRole::Member).await);
    records.sort_by_key(|record| record.user.id);
    (org, records)
}

fn has_run_out(world: &World, record: &MemberRecord) -> bool {
    record.membership.effective_status(world.now) == EffectiveStatus::None
}

pub async fn members_are_listed_by_account_without_the_removed_and_the_late(world: World) {
    let (org, mut expected) = mixed(&world).await;
    expected.retain(|record| record.membership.status != MembershipStatus::Removed);
    expected.retain(|record| !has_run_out(&world, record));
    assert_eq!(expected.len(), 5);
    assert_eq!(listed(&world, &org, &MemberFilter::default()).await, expected);
}

pub async fn members_are_listed_by_status(world: World) {
    use MembershipStatus::{Active, Invited, Removed, Suspended};
    let (org, all) = mixed(&world).await;
    for (status, count) in [(Active, 3), (Suspended, 1), (Removed, 1), (Invited, 1)] {
        let mut expected = all.clone();
        expected.retain(|record| record.membership.status == status && !has_run_out(&world, record));
        assert_eq!(expected.len(), count);
        let filter = MemberFilter { statuses: Some(vec![status]), ..MemberFilter::default() };
        assert_eq!(listed(&world, &org, &filter).await, expected, "{status:?}");
    }
}

pub async fn members_are_listed_by_role(world: World) {
    let (org, all) = mixed(&world).await;
    for (system, count) in [(SystemRole::Owner, 1), (SystemRole::Member, 3), (SystemRole::Admin, 0)] {
        let role_id = Some(org.role(system));
        let filter = MemberFilter { roles: role_id.map(|role| vec![role]), ..MemberFilter::default() };
        let listed = listed(&world, &org, &filter).await;
        assert_eq!(listed.len(), count, "{system:?}");
        assert!(listed.iter().all(|found| all.contains(found) && found.membership.role_id == role_id));
    }
    let status = Some(MembershipStatus::Removed);
    let filter = MemberFilter {
        statuses: status.map(|status| vec![status]),
        roles: Some(vec![org.role(SystemRole::Member)]),
        ..MemberFilter::default()
    };
    assert_eq!(listed(&world, &org, &filter).await.len(), 1);
}

pub async fn pages_of_members_leave_nobody_out_and_repeat_nobody(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let mut expected = vec![org.owner.id.as_uuid()];
    for _ in 0..5 {
        expected.push(world.member(&org, SystemRole::Member).await.id.as_uuid());
        world.member(&other, SystemRole::Member).await;
    }
    for limit in ["1", "2", "4", "6", "100"] {
        for search in [None, Some("a".to_owned())] {
            let filter = MemberFilter { search, ..MemberFilter::default() };
            let pages = all_pages(limit, async |page| {
                read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await)
            });
            assert_eq!(ids_of(&pages.await, |record| record.user.id.as_uuid()), expected);
        }
    }
}

async fn organizations_of(world: &World, user: &User, page: Option<PageRequest>) -> Page<OrgWithRole> {
    read!(world, |tx| tx.directory().list_organizations(user.id, OrgScope::Existing, page).await)
}

pub async fn the_organizations_of_active_memberships_are_listed(world: World) {
    let user = world.user().await;
    let mut expected = Vec::new();
    for place in 0..5 {
        let org = world.org().await;
        match place {
            1 => _ = world.join(&org, user.id, org.role(SystemRole::Guest)).await,
            2 => {
                world.join(&org, user.id, org.role(SystemRole::Member)).await;
                world.change(&org, user.id, Membership::suspend).await;
            }
            3 => {
                world.join(&org, user.id, org.role(SystemRole::Member)).await;
                world.change(&org, user.id, Membership::remove).await;
            }
            4 => {
                let role = org.role(SystemRole::Member);
                let invited = Membership::invited(org.id, user.id, role, world.after(60), world.now);
                transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
            }
            _ => _ = world.join(&org, user.id, org.role(SystemRole::Admin)).await,
        }
        let system = if place == 1 { SystemRole::Guest } else { SystemRole::Admin };
        if place < 2 {
            let role = reference(org.system_role(system));
            expected.push(OrgWithRole { org: org.organization, role });
        }
    }
    let expected = Page { items: expected, next: None };
    assert_eq!(organizations_of(&world, &user, None).await, expected);
    assert_eq!(organizations_of(&world, &user, Some(PageRequest::default())).await, expected);
    let stranger = world.new_user();
    assert_eq!(organizations_of(&world, &stranger, None).await.items, []);
}

pub async fn organizations_are_listed_in_pages_or_all_at_once(world: World) {
    let user = world.user().await;
    let expected = found_many(&world, &user, 105).await;
    let all = organizations_of(&world, &user, None).await;
    assert_eq!(all.next, None);
    assert_eq!(ids_of(&all.items, |item| item.org.id.as_uuid()), expected);
    for limit in ["7", "50", "100"] {
        let pages = all_pages(limit, async |page| organizations_of(&world, &user, Some(page)).await);
        assert_eq!(ids_of(&pages.await, |item| item.org.id.as_uuid()), expected);
    }
}

async fn found_many(world: &World, user: &User, count: usize) -> Vec<Uuid> {
    let orgs: Vec<_> = (0..count).map(|_| world.new_organization()).collect();
    transaction!(world, |tx| {
        for org in &orgs {
            let role = world.new_role(org.id, "host", 50, &["kb:read"]);
            tx.orgs().insert(org).await?;
            tx.roles().insert(&role).await?;
            let membership = Membership::active(org.id, user.id, role.id, world.now);
            tx.orgs().insert_membership(&membership).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    ids_of(&orgs, |org| org.id.as_uuid())
}

pub async fn every_membership_of_a_person_is_listed_by_organization(world: World) {
    let user = world.user().await;
    let changes: [Change; 3] = [|_| Ok(()), Membership::suspend, Membership::remove];
    let mut orgs = Vec::new();
    for _ in 0..5 {
        orgs.push(world.org().await);
    }
    let mut expected = Vec::new();
    for (org, change) in orgs.iter().zip(changes).rev() {
        world.join(org, user.id, org.role(SystemRole::Member)).await;
        world.change(org, user.id, change).await;
        expected.push(record(&world, org, &user, SystemRole::Member).await);
    }
    for (org, seconds) in orgs.iter().skip(3).zip([-1, 60]) {
        let role = org.role(SystemRole::Guest);
        let invited = Membership::invited(org.id, user.id, role, world.after(seconds), world.now);
        transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
        expected.push(record(&world, org, &user, SystemRole::Guest).await);
    }
    expected.sort_by_key(|record| record.membership.org_id);
    assert_eq!(read!(world, |tx| tx.directory().list_memberships(user.id).await), expected);
    let stranger = world.user().await;
    assert_eq!(read!(world, |tx| tx.directory().list_memberships(stranger.id).await), []);
}

pub async fn a_membership_is_listed_without_the_role_that_is_gone(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    world.change(&org, user.id, Membership::remove).await;
    transaction!(world, |tx| tx.roles().delete(org.id, role.id, world.now).await).unwrap();
    let membership = world.membership(org.id, user.id).await.unwrap();
    let expected = MemberRecord { user, membership, role: None };
    let user = expected.user.id;
    assert_eq!(read!(world, |tx| tx.directory().list_memberships(user).await), [expected]);
}
