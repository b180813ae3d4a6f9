//! Lists of every size: pages that are exactly full, and lists that are longer than a store might cut them.

use bailiwick_app::audit::AuditFilter;
use bailiwick_app::platform::{MailFilter, OrgFilter, UserFilter};
use bailiwick_app::{Error, InvitationFilter, MemberFilter, OrgScope};
use bailiwick_kernel::{Limit, Page, PageRequest};
use bailiwick_orgs::Membership;
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::{CatalogueEntry, Level, Role, SystemRole};

use super::audit::{append, new_entry};
use super::directory::ids_of;
use super::outbox::{enqueue, new_mail};
use super::world::{World, within};
use crate::mail_claim;

/// Number of rows of a long list.
const MANY: usize = 1001;
/// Number of rows of the lists that are read in pages.
const ROWS: usize = 6;

/// Asserts that a list of [`ROWS`] rows has no page after the last full one.
async fn assert_exact<T>(list: &str, mut page: impl AsyncFnMut(PageRequest) -> Page<T>) {
    for size in [1, 2, 3, ROWS, ROWS + 1] {
        let limit = Limit::parse(Some(&size.to_string())).unwrap();
        let mut request = PageRequest { limit, after: None };
        for read in 1..=ROWS.div_ceil(size) {
            let page = page(request).await;
            assert_eq!(page.items.len(), size.min(ROWS), "page {read} of {list}, each of {size}");
            assert_eq!(page.next.is_some(), read * size < ROWS, "page {read} of {list}, each of {size}");
            request.after = page.next;
        }
    }
}

pub async fn a_page_that_is_full_is_the_last_one_if_nothing_follows(world: World) {
    let (org, now) = (world.org().await, world.now);
    let owner = org.owner.id;
    for _ in 1..ROWS {
        world.member(&org, SystemRole::Member).await;
    }
    // There is no other account yet.
    let users = UserFilter::default();
    assert_exact("accounts", async |page| read!(world, |tx| tx.platform().list_users(&users, page).await))
        .await;
    for _ in 1..ROWS {
        let other = world.org().await;
        world.join(&other, owner, other.role(SystemRole::Guest)).await;
    }
    for _ in 0..ROWS {
        world.session(owner).await;
        world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
        append(&world, &[new_entry(&world, Some(org.id))]).await;
        enqueue(&world, &new_mail(&world, now)).await;
    }
    let (org, members) = (org.id, MemberFilter::default());
    let invitations = InvitationFilter { org: Some(org), ..InvitationFilter::default() };
    assert_exact("sessions", async |page| read!(world, |tx| tx.sessions().list(owner, now, page).await))
        .await;
    assert_exact("members", async |page| {
        read!(world, |tx| tx.directory().list_members(org, &members, now, page).await)
    })
    .await;
    assert_exact("organizations of an account", async |page| {
        read!(world, |tx| tx.directory().list_organizations(owner, OrgScope::Existing, Some(page)).await)
    })
    .await;
    assert_exact("invitations", async |page| {
        read!(world, |tx| tx.directory().list_invitations(&invitations, now, Some(page)).await)
    })
    .await;
    assert_exact("rows of the audit trail", async |page| {
        read!(world, |tx| tx.audit().list(Some(org), &AuditFilter::default(), page).await)
    })
    .await;
    assert_exact("mail", async |page| {
        read!(world, |tx| tx.platform().list_mail(&MailFilter::default(), page).await)
    })
    .await;
    assert_exact("organizations", async |page| {
        read!(world, |tx| tx.platform().list_organizations(&OrgFilter::default(), page).await)
    })
    .await;
}

pub async fn roles_of_every_level_are_listed(world: World) {
    let org = world.org().await;
    let taken: Vec<_> = org.roles.iter().map(|role| role.level).collect();
    let free = Level::all_custom().filter(|level| !taken.contains(level));
    let custom =
        free.map(|level| world.new_role(org.id, &format!("role {}", level.get()), level.get().into(), &[]));
    let custom: Vec<_> = custom.collect();
    transaction!(world, |tx| {
        for role in &custom {
            tx.roles().insert(role).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    let listed = read!(world, |tx| tx.roles().list(org.id).await);
    assert_eq!(listed.len(), custom.len() + org.roles.len());
}

pub async fn a_role_has_a_thousand_grants(world: World) {
    let org = world.org().await;
    let grants = |from: usize, count: usize| -> Vec<Pattern> {
        (from..from + count).map(|n| Pattern::parse(&format!("r{n}:do")).unwrap()).collect()
    };
    let role = world.new_role(org.id, "many", 30, &[]);
    let mut role = Role { permissions: grants(0, MANY), ..role };
    transaction!(world, |tx| tx.roles().insert(&role).await).unwrap();
    assert_eq!(read!(world, |tx| tx.roles().find(org.id, role.id).await).as_ref(), Some(&role));
    role.permissions = grants(MANY, MANY);
    transaction!(world, |tx| tx.roles().update(&role).await).unwrap();
    assert!(read!(world, |tx| tx.roles().list(org.id).await).contains(&role));
    let added = grants(2 * MANY, MANY);
    transaction!(world, |tx| tx.roles().add_grants(&[(role.id, added.clone())]).await).unwrap();
    role.permissions.extend(added);
    assert_eq!(read!(world, |tx| tx.roles().find(org.id, role.id).await).as_ref(), Some(&role));
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    let query = within(org.id, user.id);
    let loaded = world.store.load_view(&query).await.unwrap().unwrap();
    let locked = transaction!(world, |tx| tx.lock_view(&query).await).unwrap().unwrap();
    for view in [loaded, locked] {
        let known = view.membership.unwrap().role.unwrap();
        assert!(known.permissions.iter().eq(&role.permissions));
    }
}

pub async fn a_thousand_entries_are_listed(world: World) {
    let entries: Vec<_> = (0..MANY)
        .map(|n| {
            let permission = Permission::parse(&format!("r{n:04}:do")).unwrap();
            CatalogueEntry::new(None, permission, format!("May do {n}"), &*world.ids, world.now)
        })
        .collect();
    transaction!(world, |tx| {
        for entry in &entries {
            assert!(tx.roles().insert_entry(entry).await?);
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(read!(world, |tx| tx.roles().list_entries(None, None).await), entries);
}

pub async fn a_thousand_organizations_of_an_account_are_listed(world: World) {
    let user = world.user().await.id;
    let mut orgs = Vec::new();
    transaction!(world, |tx| {
        orgs.clear();
        for _ in 0..MANY {
            let org = world.new_organization();
            tx.orgs().insert(&org).await?;
            let role = world.new_role(org.id, "editor", 30, &[]);
            tx.roles().insert(&role).await?;
            tx.orgs().insert_membership(&Membership::active(org.id, user, role.id, world.now)).await?;
            orgs.push(org.id.as_uuid());
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    orgs.sort_unstable();
    let listed = read!(world, |tx| tx.directory().list_organizations(user, OrgScope::Existing, None).await);
    assert_eq!(ids_of(&listed.items, |item| item.org.id.as_uuid()), orgs);
    let listed = read!(world, |tx| tx.directory().list_memberships(user).await);
    assert_eq!(ids_of(&listed, |item| item.membership.org_id.as_uuid()), orgs);
}

pub async fn a_thousand_invitations_are_listed(world: World) {
    let org = world.org().await;
    let role = org.role(SystemRole::Guest);
    let invitations: Vec<_> = (0..MANY).map(|_| world.new_invitation(&org, world.email(), role)).collect();
    transaction!(world, |tx| {
        for invitation in &invitations {
            tx.invites().insert(invitation, &world.token()).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    let filter = InvitationFilter { org: Some(org.id), ..InvitationFilter::default() };
    let listed = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, None).await);
    let mut expected = ids_of(&invitations, |invitation| invitation.id.as_uuid());
    expected.sort_unstable();
    assert_eq!(ids_of(&listed.items, |record| record.invitation.id.as_uuid()), expected);
}

pub async fn a_thousand_mails_are_claimed(world: World) {
    let mails: Vec<_> = (0..MANY).map(|_| new_mail(&world, world.now)).collect();
    transaction!(world, |tx| {
        for mail in &mails {
            tx.outbox().enqueue(mail, world.now).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    let claim = mail_claim(world.now, world.after(30), MANY);
    let claimed = transaction!(world, |tx| tx.outbox().claim(&claim).await).unwrap();
    assert_eq!(claimed.len(), MANY);
}
