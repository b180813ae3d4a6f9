//! Rows with every field set, as every method reads them, beside other rows.

use bailiwick_app::authority::Actor;
use bailiwick_app::feed::FeedStart;
use bailiwick_app::platform::{MailFilter, UserFilter};
use bailiwick_app::ports::InvitationRecord;
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{
    AuthorityQuery, Delivery, InvitationFilter, MailMessage, MailSecret, MemberFilter, MemberRecord,
    OrgScope, OrgWithRole, OutgoingMail, RoleRef,
};
use bailiwick_invites::ports::InvitationKey;
use bailiwick_invites::{Invitation, InvitationStatus};
use bailiwick_kernel::{
    DisplayName, Language, Limit, Lock, MailId, OrgId, PageRequest, PlainToken, RoleId, TokenKind,
};
use bailiwick_orgs::Organization;
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, Level, Role, RoleError, SystemRole};
use bailiwick_users::{Exemption, NewSecret, SecretRef, Session, User, UserChanges, UserStatus};
use time::Duration;

use super::audit::{append, new_entry};
use super::feed::{claim, record, register, request};
use super::world::{World, assert_refused, difficult, name, renamed, within};
use crate::mail_claim;

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
        assert_eq!(read!(world, |tx| tx.directory().list_memberships(id).await), [member.clone()]);
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

    for accounts in [UserStatus::Pending, UserStatus::Inactive] {
        let filter = MemberFilter { accounts: Some(vec![accounts]), ..MemberFilter::default() };
        let found = read!(world, |tx| tx.directory().list_members(org.id, &filter, world.now, page).await);
        assert_eq!(found.items, []);
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

        let other = world.user().await;
        let changes = renamed(&title, &title);
        transaction!(world, |tx| tx.users().update(other.id, &changes).await).unwrap();
        let other = User { first_name: title.clone(), last_name: title.clone(), ..other };
        assert_eq!(read!(world, |tx| tx.users().find(other.id, Lock::None).await), Some(other));

        let organization = Organization { name: title.clone(), ..org.organization.clone() };
        transaction!(world, |tx| tx.orgs().update(&organization).await).unwrap();
        assert_eq!(read!(world, |tx| tx.orgs().find(org.id, Lock::None).await), Some(organization));

        // Texts that are no names may begin and end with white space.
        let free = format!(" \t{text}\n ");
        let role = Role { description: free.clone(), ..world.new_role(org.id, &text, number, &[]) };
        transaction!(world, |tx| tx.roles().insert(&role).await).unwrap();
        assert_eq!(read!(world, |tx| tx.roles().find(org.id, role.id).await).as_ref(), Some(&role));
        assert!(read!(world, |tx| tx.roles().list(org.id).await).contains(&role));
        let renamed = Role { name: name(&format!("{number}{}", cut(&text))), ..role };
        transaction!(world, |tx| tx.roles().update(&renamed).await).unwrap();
        assert_eq!(read!(world, |tx| tx.roles().find(org.id, renamed.id).await), Some(renamed));

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

/// Returns the text without its first character, so that another can be put there.
fn cut(text: &str) -> String {
    text.chars().skip(1).collect()
}

pub async fn mail_of_each_kind_is_claimed_unchanged(world: World) {
    let text = |start: &str| format!(" {} ", difficult(start));
    let (first_name, new_email) = (text("Ada"), text("new"));
    let token = || MailSecret::from(&PlainToken::generate(TokenKind::PasswordReset, &*world.ids));
    let expires_at = world.now + Duration::microseconds(7);
    let messages = [
        MailMessage::VerifyEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ResetPassword { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ConfirmEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::EmailChangeRequested { first_name: first_name.clone(), new_email: new_email.clone() },
        MailMessage::EmailChanged { first_name, new_email },
        MailMessage::Invitation {
            token: token(),
            organization: text("Acme"),
            inviter: text("Grace"),
            role: text("editor"),
            message: Some(text("Come in")),
            expires_at,
        },
    ];
    let mails = messages.map(|message| OutgoingMail::new(world.email(), message, &*world.ids, world.now));
    for mail in &mails {
        transaction!(world, |tx| tx.outbox().enqueue(mail, world.now).await).unwrap();
        let claim = mail_claim(world.now, world.after(30), 9);
        assert_eq!(transaction!(world, |tx| tx.outbox().claim(&claim).await).unwrap(), [mail.clone()]);
    }
    let error = text("the line is dead");
    let failed = Delivery::Failed { error: error.clone(), retry_at: None };
    transaction!(world, |tx| tx.outbox().record_delivery(&mails[0], &failed).await).unwrap();
    let page = PageRequest::default();
    let listed = read!(world, |tx| tx.platform().list_mail(&MailFilter::default(), page).await).items;
    let listed = listed.into_iter().find(|mail| mail.id == mails[0].id).unwrap();
    assert_eq!(listed.last_error, Some(error));
    let unknown =
        world.new_invitation(&world.org().await, world.email(), RoleId::generate(&*world.ids, world.now));
    let unknown = MailId::from_stored(unknown.id.as_uuid());
    assert!(!transaction!(world, |tx| tx.outbox().make_due(unknown, world.now).await).unwrap());
}

pub async fn a_secret_belongs_to_its_kind_and_account(world: World) {
    use TokenKind::{EmailChange, EmailVerification, PasswordReset, Recovery};
    let (user, other) = (world.user().await, world.user().await);
    for kind in [EmailVerification, EmailChange, PasswordReset, Recovery] {
        let mut hashes = Vec::new();
        for owner in [&user, &other] {
            let (hash, expires_at) = (world.token(), world.after(60));
            let address = Some(owner.email.clone());
            let secret = NewSecret { kind, user: owner.id, hash, created_at: world.now, expires_at, address };
            transaction!(world, |tx| tx.secrets().issue(&secret).await).unwrap();
            hashes.push((owner.id, hash));
        }
        for (owner, hash) in hashes {
            for asked in [EmailVerification, EmailChange, PasswordReset, Recovery] {
                let found = read!(world, |tx| tx.secrets().find(asked, &hash, world.now).await);
                assert_eq!(found, (asked == kind).then_some(owner), "{asked:?} for {kind:?}");
                let link = read!(world, |tx| tx.secrets().find_link(asked, &hash, world.now).await);
                assert_eq!(link.map(|link| link.user), (asked == kind).then_some(owner));
            }
            let asked = if kind == Recovery { PasswordReset } else { Recovery };
            let used =
                transaction!(world, |tx| tx.secrets().consume(asked, SecretRef::Hash(hash), world.now).await);
            assert_eq!(used, Ok(None));
            let asked = if kind == PasswordReset { EmailChange } else { PasswordReset };
            let used =
                transaction!(world, |tx| tx.secrets().consume(asked, SecretRef::Hash(hash), world.now).await);
            assert_eq!(used, Ok(None));
        }
    }
}

/// A store that keeps its answers would give the first one again.
pub async fn lists_show_what_was_changed_since(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let user = org.owner.id;
    assert_eq!(read!(world, |tx| tx.directory().list_memberships(user).await).len(), 1);
    world.join(&other, user, other.role(SystemRole::Member)).await;
    assert_eq!(read!(world, |tx| tx.directory().list_memberships(user).await).len(), 2);

    let filter = InvitationFilter::default();
    let role = org.role(SystemRole::Guest);
    for count in 0..3 {
        let listed = read!(world, |tx| tx.directory().list_invitations(&filter, world.now, None).await);
        assert_eq!(listed.items.len(), count);
        world.invite(&org, world.email(), role).await;
    }

    let setup = world.token();
    let is_setup = async || read!(world, |tx| tx.secrets().is_setup(&setup, world.now).await);
    assert!(!is_setup().await);
    transaction!(world, |tx| tx.secrets().issue_setup(&setup, world.after(9)).await).unwrap();
    assert!(is_setup().await);

    let (filter, page) = (MailFilter::default(), PageRequest::default());
    for count in 0..3 {
        let listed = read!(world, |tx| tx.platform().list_mail(&filter, page).await);
        assert_eq!(listed.items.len(), count);
        let message = MailMessage::EmailChanged { first_name: "Ada".to_owned(), new_email: "new".to_owned() };
        let mail = OutgoingMail::new(world.email(), message, &*world.ids, world.now);
        transaction!(world, |tx| tx.outbox().enqueue(&mail, world.now).await).unwrap();
    }

    let permission = Permission::parse("attic:sweep").unwrap();
    let entry = CatalogueEntry::new(None, permission, String::new(), &*world.ids, world.now);
    for is_new in [true, false] {
        assert_eq!(transaction!(world, |tx| tx.roles().insert_entry(&entry).await), Ok(is_new));
    }
}

pub async fn a_role_alone_of_another_organization_gets_no_level(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    let role = world.custom_role(&other, "editor", 30).await;
    let levels = [(role.id, Level::custom(31).unwrap())];
    let refused = transaction!(world, |tx| tx.roles().set_levels(org.id, &levels).await);
    assert_refused(refused, RoleError::NotFound);
    assert_eq!(read!(world, |tx| tx.roles().find(other.id, role.id).await), Some(role));
}

pub async fn a_batch_of_the_feed_says_what_it_follows(world: World) {
    register(&world, "crm", FeedStart::Beginning).await;
    let org = OrgId::generate(&*world.ids, world.now);
    for _ in 0..4 {
        append(&world, &[new_entry(&world, Some(org))]).await;
    }
    let mut last = 0;
    for _ in 0..2 {
        let batch = claim(&world, &request(&world, "crm", 2)).await.unwrap();
        assert_eq!(batch.after, last);
        assert_eq!(batch.entries.len(), 2);
        assert!(batch.entries.iter().all(|entry| entry.position > last));
        last = batch.end;
        assert_eq!(batch.entries.last().map(|entry| entry.position), Some(last));
        assert!(record(&world, &batch.claim, last, 0).await);
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
