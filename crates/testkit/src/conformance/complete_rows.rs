//! Rows with every field set, as every method reads them, beside other rows.

use std::slice::from_ref;

use bailiwick_app::platform::UserFilter;
use bailiwick_app::ports::InvitationRecord;
use bailiwick_app::{
    AuthorityQuery, InvitationFilter, MemberFilter, MemberRecord, OrgScope, OrgWithRole, RoleRef,
};
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{Language, Limit, Lock, PageRequest};
use bailiwick_roles::{Role, SystemRole};
use bailiwick_users::{Exemption, Session, User, UserChanges, UserStatus};
use time::Duration;

use super::world::{World, difficult, name, within};

/// Stores an account whose fields all differ from those of a new one.
async fn complete_user(world: &World, status: UserStatus) -> User {
    let user = world.user().await;
    let at = world.now + Duration::microseconds(7);
    let user = User {
        status,
        email_verified: true,
        platform_admin: true,
        pending_email: Some(world.email()),
        exemption: Some(Exemption { from: at, until: world.after(60) + Duration::microseconds(7) }),
        language: Some(Language::parse("de-AT").unwrap()),
        last_active: Some(world.after(1) + Duration::microseconds(7)),
        ..user
    };
    let changes = UserChanges {
        names: None,
        status: Some(status),
        emails: Some((user.email.clone(), user.pending_email.clone())),
        email_verified: Some(true),
        platform_admin: Some(true),
        exemption: user.exemption,
        language: user.language.clone(),
    };
    transaction!(world, |tx| tx.users().update(user.id, &changes).await).unwrap();
    let (session, refresh) = world.new_session(user.id);
    let session = Session { last_seen_at: user.last_active.unwrap(), ..session };
    transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
    user
}

pub async fn an_account_is_read_by_every_method_as_it_is(world: World) {
    for status in [UserStatus::Active, UserStatus::Pending, UserStatus::Inactive] {
        let org = world.org().await;
        let user = complete_user(&world, status).await;
        let custom = world.custom_role(&org, &difficult("Editor"), 30).await;
        let membership = world.join(&org, user.id, custom.id).await;
        let member = MemberRecord { user: user.clone(), membership, role: Some(reference(&custom)) };
        let plain = MemberRecord {
            user: org.owner.clone(),
            membership: world.membership(org.id, org.owner.id).await.unwrap(),
            role: Some(reference(org.system_role(SystemRole::Owner))),
        };
        let (page, id, filter) = (PageRequest::default(), user.id, MemberFilter::default());
        assert_eq!(read!(world, |tx| tx.users().find(id, Lock::None).await).as_ref(), Some(&user));
        let found = read!(world, |tx| tx.users().find_by_email(&user.email, Lock::None).await);
        assert_eq!(found.as_ref(), Some(&user));
        let users = read!(world, |tx| tx.platform().list_users(&UserFilter::default(), page).await);
        assert!(users.items.contains(&user) && users.items.contains(&org.owner));
        assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, id).await).as_ref(), Some(&member));
        let members = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
        assert!(members.items.contains(&member) && members.items.contains(&plain));
        assert_eq!(read!(world, |tx| tx.directory().list_memberships(id).await), from_ref(&member));
        let found = read!(world, |tx| tx.directory().find_member(org.id, org.owner.id).await);
        assert_eq!(found.as_ref(), Some(&plain));
        assert_eq!(read!(world, |tx| tx.directory().list_memberships(org.owner.id).await), [plain]);
        let scope = OrgScope::Existing;
        let orgs = read!(world, |tx| tx.directory().list_organizations(id, scope, None).await).items;
        assert_eq!(orgs, [OrgWithRole { org: org.organization.clone(), role: reference(&custom) }]);
        let (invitation, _) = world.invite(&org, world.email(), custom.id).await;
        let filter = InvitationFilter { org: Some(org.id), ..InvitationFilter::default() };
        let offers = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, None).await).items;
        let status = InvitationStatus::Pending;
        let (organization, role) = (org.organization.name.clone(), Some(reference(&custom)));
        assert_eq!(offers, [InvitationRecord { invitation, status, organization, role }]);
    }
}

fn reference(role: &Role) -> RoleRef {
    RoleRef { id: role.id, name: role.name.to_string(), level: role.level }
}

pub async fn changes_of_one_account_are_not_taken_over_by_another(world: World) {
    let other = world.user().await;
    let complete = complete_user(&world, UserStatus::Inactive).await;
    let names = (name("Some"), name("Body"));
    let changes = UserChanges { names: Some(names.clone()), ..UserChanges::default() };
    transaction!(world, |tx| tx.users().update(other.id, &changes).await).unwrap();
    let expected = User { first_name: names.0, last_name: names.1, ..other };
    assert_eq!(read!(world, |tx| tx.users().find(expected.id, Lock::None).await), Some(expected));
    assert_eq!(read!(world, |tx| tx.users().find(complete.id, Lock::None).await), Some(complete));
}

pub async fn a_view_without_an_organization_has_no_membership(world: World) {
    let org = world.org().await;
    let user = org.owner.id;
    let session = Some(world.session(user).await.id);
    for query in [
        within(org.id, user),
        AuthorityQuery { user, session, org: None },
        AuthorityQuery { user, session: None, org: None },
    ] {
        let loaded = world.store.load_view(&query).await.unwrap().unwrap();
        let locked = transaction!(world, |tx| tx.lock_view(&query).await).unwrap().unwrap();
        for view in [loaded, locked] {
            assert_eq!(view.membership.is_some(), query.org.is_some(), "{query:?}");
            assert_eq!(view.session.is_some(), query.session.is_some(), "{query:?}");
        }
    }
}

pub async fn each_system_role_is_known_in_a_view(world: World) {
    let org = world.org().await;
    let custom = world.custom_role(&org, &difficult("Editor"), 30).await;
    let user = world.user().await.id;
    world.join(&org, user, custom.id).await;
    let query = within(org.id, user);
    let loaded = world.store.load_view(&query).await.unwrap().unwrap();
    let locked = transaction!(world, |tx| tx.lock_view(&query).await).unwrap().unwrap();
    for view in [loaded, locked] {
        let role = view.membership.unwrap().role.unwrap();
        assert_eq!((&*role.name, role.system), (custom.name.as_str(), None));
    }
    for system in SystemRole::ALL {
        let user = world.member(&org, system).await;
        let query = within(org.id, user.id);
        let loaded = world.store.load_view(&query).await.unwrap().unwrap();
        let locked = transaction!(world, |tx| tx.lock_view(&query).await).unwrap().unwrap();
        for view in [loaded, locked] {
            assert_eq!(view.membership.unwrap().role.unwrap().system, Some(system));
        }
    }
}

/// Each list is asked with the filter first, and then without it.
pub async fn a_filter_that_is_absent_leaves_nothing_out(world: World) {
    let org = world.org().await;
    world.user().await;
    complete_user(&world, UserStatus::Pending).await;
    let page = PageRequest::default();
    for (platform_admin, status, count) in [
        (Some(true), Some(UserStatus::Pending), 1),
        (Some(true), None, 1),
        (Some(false), None, 2),
        (None, Some(UserStatus::Active), 2),
        (None, Some(UserStatus::Inactive), 0),
        (None, Some(UserStatus::Pending), 1),
        (None, None, 3),
    ] {
        let filter = UserFilter { search: None, status, platform_admin };
        let found = read!(world, |tx| tx.platform().list_users(&filter, page).await).items;
        assert_eq!(found.len(), count, "{filter:?}");
    }

    let role = org.role(SystemRole::Guest);
    let (first, _) = world.invite(&org, world.email(), role).await;
    let (second, _) = world.invite(&org, world.email(), role).await;
    let declined = world.close(&second, Invitation::decline).await;
    for (status, count) in
        [(Some(InvitationStatus::Declined), 1), (Some(InvitationStatus::Pending), 1), (None, 2)]
    {
        let filter = InvitationFilter { status, ..InvitationFilter::default() };
        let found = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, None).await).items;
        assert_eq!(found.len(), count, "{filter:?} of {:?}", [&first, &declined]);
    }

    for (there, absent) in
        [(UserStatus::Pending, UserStatus::Inactive), (UserStatus::Inactive, UserStatus::Pending)]
    {
        let org = world.org().await;
        let user = complete_user(&world, there).await;
        world.join(&org, user.id, org.role(SystemRole::Guest)).await;
        for (accounts, count) in [(absent, 0), (there, 1), (UserStatus::Active, 1)] {
            let filter = MemberFilter { accounts: Some(vec![accounts]), ..MemberFilter::default() };
            let found =
                read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
            assert_eq!(found.items.len(), count, "{accounts:?}");
        }
    }

    let other = world.org().await;
    world.join(&other, org.owner.id, other.role(SystemRole::Member)).await;
    let limit = Limit::ONE;
    for (page, count) in [(Some(PageRequest { limit, after: None }), 1), (None, 2)] {
        let filter = InvitationFilter::default();
        let found = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, page).await).items;
        assert_eq!(found.len(), count);
    }
    for (page, count) in [(Some(PageRequest { limit, after: None }), 1), (None, 2)] {
        let (user, scope) = (org.owner.id, OrgScope::Existing);
        let found = read!(world, |tx| tx.directory().list_organizations(user, scope, page).await).items;
        assert_eq!(found.len(), count);
    }
}
