//! Every method of a transaction, in one transaction.

use bailiwick_app::audit::AuditFilter;
use bailiwick_app::authority::Actor;
use bailiwick_app::feed::{FeedProgress, FeedStart};
use bailiwick_app::platform::{MailFilter, OrgFilter, UserFilter};
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{Delivery, InvitationFilter, MemberFilter, OrgScope, Tx};
use bailiwick_invites::ports::InvitationKey;
use bailiwick_kernel::{Lock, PageRequest, TokenKind};
use bailiwick_orgs::Membership;
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, Level, SystemRole};
use bailiwick_users::{Attempts, NewSecret, SecretRef, SessionScope, User};
use time::Duration;

use super::attempts::pair;
use super::audit::new_entry;
use super::feed::{reader, request};
use super::outbox::new_mail;
use super::page_sessions::new_page;
use super::world::{Org, World, name, patterns, renamed, within};
use crate::mail_claim;

/// A method that committed or rolled back would do so with what was written before it.
pub async fn no_method_ends_the_transaction(world: World) {
    let org = world.org().await;
    for committed in [false, true] {
        let first = world.new_user();
        let mut tx = world.begin().await;
        tx.users().insert(&first).await.unwrap();
        call_every_method(&world, &mut *tx, &org).await;
        if committed {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        let found = read!(world, |tx| tx.users().find(first.id, Lock::None).await);
        assert_eq!(found.is_some(), committed);
    }
}

async fn call_every_method(world: &World, tx: &mut dyn Tx, org: &Org) {
    let user = accounts(world, tx).await;
    sessions(world, tx, &user, org).await;
    secrets(world, tx, &user).await;
    attempts(world, tx, &user).await;
    organizations(world, tx, &user).await;
    roles(world, tx, org).await;
    invitations(world, tx, org).await;
    lists(world, tx, org).await;
    mail(world, tx).await;
    feed(world, tx).await;
    tx.users().delete(user.id).await.unwrap();
}

async fn accounts(world: &World, tx: &mut dyn Tx) -> User {
    let user = world.new_user();
    tx.users().insert(&user).await.unwrap();
    tx.users().find(user.id, Lock::Update).await.unwrap().unwrap();
    tx.users().find_by_email(&user.email, Lock::Update).await.unwrap().unwrap();
    tx.users().update(user.id, &renamed(&name("Some"), &name("Body"))).await.unwrap();
    let password = &user.password_hash;
    assert!(tx.users().replace_password(user.id, password, password).await.unwrap());
    user
}

async fn sessions(world: &World, tx: &mut dyn Tx, user: &User, org: &Org) {
    let (session, refresh) = world.new_session(user.id);
    let (paged, page) = new_page(world, user.id);
    tx.sessions().insert(&session, &refresh).await.unwrap();
    tx.sessions().insert_page(&paged, &page).await.unwrap();
    tx.sessions().list(user.id, world.now, PageRequest::default()).await.unwrap();
    tx.sessions().find_by_refresh(&refresh.hash, Lock::Update).await.unwrap().unwrap();
    let (_, mut next) = world.new_session(user.id);
    next.session_id = session.id;
    assert!(tx.sessions().rotate(&refresh.hash, &next, world.now).await.unwrap());
    tx.sessions().find_page(&page.cookie).await.unwrap().unwrap();
    tx.sessions().extend_page(paged.id, world.after(900)).await.unwrap();
    assert!(tx.sessions().confirm_page(paged.id, world.now).await.unwrap());
    tx.lock_view(&within(org.id, user.id)).await.unwrap().unwrap();
    let (token_expires_at, expires_at) = (world.after(60), world.after(30));
    let actor = Actor { user: user.id, session: session.id };
    let hash = world.token();
    tx.tickets().issue(&hash, &Ticket { actor, org: org.id, token_expires_at, expires_at }).await.unwrap();
    tx.tickets().consume(&hash, world.now).await.unwrap().unwrap();
    assert_eq!(tx.sessions().end(user.id, SessionScope::All, world.now).await.unwrap(), 2);
}

async fn secrets(world: &World, tx: &mut dyn Tx, user: &User) {
    let kind = TokenKind::EmailVerification;
    let (hash, setup, expires_at) = (world.token(), world.token(), world.after(60));
    let address = Some(user.email.clone());
    let secret = NewSecret { kind, user: user.id, hash, created_at: world.now, expires_at, address };
    tx.secrets().issue(&secret).await.unwrap();
    assert!(tx.secrets().find(kind, &hash, world.now).await.unwrap().is_some());
    assert!(tx.secrets().find_link(kind, &hash, world.now).await.unwrap().is_some());
    assert!(tx.secrets().consume(kind, SecretRef::Hash(hash), world.now).await.unwrap().is_some());
    tx.secrets().revoke(user.id, &[kind]).await.unwrap();
    tx.secrets().issue_setup(&setup, expires_at).await.unwrap();
    assert!(tx.secrets().is_setup(&setup, world.now).await.unwrap());
    assert!(tx.secrets().consume_setup(&setup, world.now).await.unwrap());
}

async fn attempts(world: &World, tx: &mut dyn Tx, user: &User) {
    let pair = pair(&user.email, "192.0.2.1");
    tx.attempts().find(&pair, world.now, Lock::Update).await.unwrap();
    let attempts = Attempts { failures: 1, ..Attempts::none(world.now) };
    tx.attempts().store(&pair, &attempts).await.unwrap();
    tx.attempts().clear(&pair.account).await.unwrap();
    tx.attempts().delete_stale(world.now, 9).await.unwrap();
}

async fn organizations(world: &World, tx: &mut dyn Tx, user: &User) {
    let org = world.new_organization();
    tx.orgs().insert(&org).await.unwrap();
    let role = world.new_role(org.id, "editor", 30, &["kb:read"]);
    tx.roles().insert(&role).await.unwrap();
    tx.orgs().find(org.id, Lock::Update).await.unwrap().unwrap();
    tx.orgs().lock_owners(org.id).await.unwrap();
    tx.orgs().update(&org).await.unwrap();
    let membership = Membership::invited(org.id, user.id, role.id, world.after(9), world.now);
    tx.orgs().insert_membership(&membership).await.unwrap();
    tx.orgs().update_membership(&membership).await.unwrap();
    tx.orgs().delete_membership(org.id, user.id).await.unwrap();
    tx.orgs().set_archived(org.id, Some(world.now)).await.unwrap();
    tx.orgs().set_archived(org.id, None).await.unwrap();
    tx.orgs().delete(org.id).await.unwrap();
}

async fn roles(world: &World, tx: &mut dyn Tx, org: &Org) {
    let role = world.new_role(org.id, "temporary", 31, &["kb:read"]);
    tx.roles().insert(&role).await.unwrap();
    tx.roles().find(org.id, role.id).await.unwrap().unwrap();
    tx.roles().list(org.id).await.unwrap();
    tx.roles().update(&role).await.unwrap();
    tx.roles().set_levels(org.id, &[(role.id, Level::custom(32).unwrap())]).await.unwrap();
    tx.roles().find_lacking(&[], None, 9).await.unwrap();
    tx.roles().lock_system_roles(&[org.id]).await.unwrap();
    tx.roles().add_grants(&[(role.id, patterns(&["kb:write"]))]).await.unwrap();
    tx.roles().delete(org.id, role.id, world.now).await.unwrap();
    let permission = Permission::parse("attic:sweep").unwrap();
    let entry = CatalogueEntry::new(Some(org.id), permission, String::new(), &*world.ids, world.now);
    tx.roles().insert_entry(&entry).await.unwrap();
    tx.roles().list_entries(Some(org.id), None).await.unwrap();
}

async fn invitations(world: &World, tx: &mut dyn Tx, org: &Org) {
    let mut invitation = world.new_invitation(org, world.email(), org.role(SystemRole::Guest));
    let token = world.token();
    tx.invites().insert(&invitation, &token).await.unwrap();
    tx.invites().find(InvitationKey::Token(&token)).await.unwrap().unwrap();
    invitation.revoke(world.now).unwrap();
    assert!(tx.invites().close(&invitation).await.unwrap());
}

async fn lists(world: &World, tx: &mut dyn Tx, org: &Org) {
    let (page, owner, now) = (PageRequest::default(), org.owner.id, world.now);
    tx.directory().find_member(org.id, owner).await.unwrap().unwrap();
    tx.directory().list_memberships(owner).await.unwrap();
    tx.directory().list_members(org.id, &MemberFilter::default(), now, page).await.unwrap();
    tx.directory().list_organizations(owner, OrgScope::Existing, None).await.unwrap();
    tx.directory().list_invitations(&InvitationFilter::default(), now, None).await.unwrap();
    tx.platform().list_users(&UserFilter::default(), page).await.unwrap();
    tx.platform().list_organizations(&OrgFilter::default(), page).await.unwrap();
    tx.platform().list_mail(&MailFilter::default(), page).await.unwrap();
}

async fn mail(world: &World, tx: &mut dyn Tx) {
    let mail = new_mail(world, world.now);
    tx.outbox().enqueue(&mail, world.now).await.unwrap();
    let claimed = tx.outbox().claim(&mail_claim(world.now, world.after(30), 9)).await.unwrap();
    assert!(claimed.contains(&mail));
    assert!(tx.outbox().make_due(mail.id, world.now).await.unwrap());
    tx.outbox().record_delivery(&mail, &Delivery::Sent(world.now)).await.unwrap();
}

async fn feed(world: &World, tx: &mut dyn Tx) {
    let reader = reader("temporary");
    tx.feed().register(&reader, FeedStart::Beginning, world.now).await.unwrap();
    tx.audit().append(&[new_entry(world, None)]).await.unwrap();
    tx.audit().list(None, &AuditFilter::default(), PageRequest::default()).await.unwrap();
    if let Some(batch) = tx.feed().claim(&request(world, "temporary", 9)).await.unwrap() {
        let until = world.now + Duration::SECOND;
        let progress = FeedProgress { position: batch.end, failures: 0, until };
        assert!(tx.feed().record(&batch.claim, &progress).await.unwrap());
    }
    tx.feed().forget(&reader).await.unwrap();
}
