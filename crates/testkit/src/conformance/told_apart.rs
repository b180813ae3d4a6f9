//! Rows that are told apart from others of their kind, and from what they were before.

use bailiwick_app::authority::Actor;
use bailiwick_app::feed::FeedStart;
use bailiwick_app::platform::MailFilter;
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{InvitationFilter, MailMessage, OutgoingMail};
use bailiwick_kernel::{MailId, OrgId, PageRequest, TokenKind};
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, Level, RoleError, SystemRole};
use bailiwick_users::{NewSecret, SecretRef};

use super::audit::{append, new_entry};
use super::feed::{claim, record, register, request};
use super::world::{World, assert_refused};

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
            let consumed =
                transaction!(world, |tx| tx.secrets().consume(asked, SecretRef::Hash(hash), world.now).await);
            assert_eq!(consumed, Ok(None));
            let asked = if kind == PasswordReset { EmailChange } else { PasswordReset };
            let consumed =
                transaction!(world, |tx| tx.secrets().consume(asked, SecretRef::Hash(hash), world.now).await);
            assert_eq!(consumed, Ok(None));
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

pub async fn an_unknown_mail_is_not_made_due_beside_one_that_waits(world: World) {
    let message = MailMessage::EmailChanged { first_name: "Ada".to_owned(), new_email: "new".to_owned() };
    let mail = OutgoingMail::new(world.email(), message, &*world.ids, world.now);
    transaction!(world, |tx| tx.outbox().enqueue(&mail, world.now).await).unwrap();
    let unknown = MailId::generate(&*world.ids, world.now);
    assert_eq!(transaction!(world, |tx| tx.outbox().make_due(unknown, world.now).await), Ok(false));
}
