//! Rows with every field set, as every method reads them, beside other rows.

use bailiwick_app::authority::Actor;
use bailiwick_app::platform::UserFilter;
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{AuthorityQuery, InvitationFilter, MemberFilter, MemberRecord, OrgScope, RoleRef};
use bailiwick_invites::ports::InvitationKey;
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{DisplayName, Language, Limit, Lock, PageRequest};
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
        let membership = world.join(&org, user.id, org.role(SystemRole::Member)).await;
        let role = org.system_role(SystemRole::Member);
        let role = Some(RoleRef { id: role.id, name: role.name.to_string(), level: role.level });
        let member = MemberRecord { user: user.clone(), membership, role };
        let (page, id, filter) = (PageRequest::default(), user.id, MemberFilter::default());
        assert_eq!(read!(world, |tx| tx.users().find(id, Lock::None).await).as_ref(), Some(&user));
        let found = read!(world, |tx| tx.users().find_by_email(&user.email, Lock::None).await);
        assert_eq!(found.as_ref(), Some(&user));
        let users = read!(world, |tx| tx.platform().list_users(&UserFilter::default(), page).await);
        assert!(users.items.contains(&user));
        assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, id).await).as_ref(), Some(&member));
        let members = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
        assert!(members.items.contains(&member));
        assert_eq!(read!(world, |tx| tx.directory().list_memberships(id).await), [member]);
    }
}

pub async fn changes_of_one_account_are_not_taken_over_by_another(world: World) {
    let complete = complete_user(&world, UserStatus::Inactive).await;
    let other = world.user().await;
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

pub async fn tickets_of_two_accounts_are_told_apart(world: World) {
    let orgs = [world.org().await, world.org().await];
    let mut tickets = Vec::new();
    for org in &orgs {
        let actor = Actor { user: org.owner.id, session: world.session(org.owner.id).await.id };
        let (token_expires_at, expires_at) = (world.after(3600), world.after(30));
        tickets.push((world.token(), Ticket { actor, org: org.id, token_expires_at, expires_at }));
    }
    for (hash, ticket) in &tickets {
        transaction!(world, |tx| tx.tickets().issue(hash, ticket).await).unwrap();
    }
    for (hash, ticket) in tickets {
        let found = transaction!(world, |tx| tx.tickets().consume(&hash, world.now).await);
        assert_eq!(found, Ok(Some(ticket)));
    }
}

/// Each list is asked with the filter first, and then without it.
pub async fn a_filter_that_is_absent_leaves_nothing_out(world: World) {
    let org = world.org().await;
    complete_user(&world, UserStatus::Pending).await;
    let page = PageRequest::default();
    for (platform_admin, status, count) in [
        (Some(true), Some(UserStatus::Pending), 1),
        (Some(true), None, 1),
        (Some(false), None, 1),
        (None, Some(UserStatus::Active), 1),
        (None, Some(UserStatus::Pending), 1),
        (None, None, 2),
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

    let other = world.org().await;
    world.join(&other, org.owner.id, other.role(SystemRole::Member)).await;
    let limit = Limit::ONE;
    for (page, count) in [(Some(PageRequest { limit, after: None }), 1), (None, 2)] {
        let (user, scope) = (org.owner.id, OrgScope::Existing);
        let found = read!(world, |tx| tx.directory().list_organizations(user, scope, page).await).items;
        assert_eq!(found.len(), count);
    }
}

/// Texts that stores have changed: by a collation, a normal form, a column that is too short, or an escape.
fn texts() -> Vec<String> {
    let longest = difficult("long");
    vec![
        "Caf\u{e9}".to_owned(),
        "Cafe\u{301}".to_owned(),
        "\u{1f511}\u{1f468}\u{200d}\u{1f469}".to_owned(),
        "it''s \"quoted\" \\' \\\\ \\u0041 %s $1 ?".to_owned(),
        "NULL".to_owned(),
        "\u{212b} \u{fb01} \u{1e9e} \u{130}".to_owned(),
        "\u{1f511}".repeat(100),
        longest,
    ]
}

pub async fn texts_are_stored_unchanged(world: World) {
    let org = world.org().await;
    for (number, text) in (1..).zip(texts()) {
        let title = DisplayName::parse(&text).unwrap();
        let user = User { first_name: title.clone(), last_name: title.clone(), ..world.new_user() };
        let user = world.store_user(user).await;
        assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user.clone()));

        // Texts that are no names may begin and end with white space.
        let free = format!(" \t{text}\n ");
        let role = Role { description: free.clone(), ..world.new_role(org.id, &text, number, &[]) };
        transaction!(world, |tx| tx.roles().insert(&role).await).unwrap();
        assert_eq!(read!(world, |tx| tx.roles().find(org.id, role.id).await), Some(role));

        let invitation = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
        let (invitation, token) =
            world.store_invitation(Invitation { message: Some(free.clone()), ..invitation }).await;
        let found = read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await);
        assert_eq!(found, Some(invitation));

        let (session, refresh) = world.new_session(user.id);
        let session = Session { device: Some(free), ..session };
        transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
        let found = read!(world, |tx| tx.sessions().find_by_refresh(&refresh.hash, Lock::None).await);
        assert_eq!(found.map(|record| record.session), Some(session));
    }
}

/// PostgreSQL cannot store NUL. No store may cut a text at it.
pub async fn a_text_with_a_nul_is_refused_or_stored_unchanged(world: World) {
    let org = world.org().await;
    let role = world.new_role(org.id, "editor", 30, &[]);
    let role = Role { description: "before\0after".to_owned(), ..role };
    let is_stored = transaction!(world, |tx| tx.roles().insert(&role).await).is_ok();
    let found = read!(world, |tx| tx.roles().find(org.id, role.id).await);
    assert_eq!(found, is_stored.then_some(role));
}
