//! `Store` and `Tx`: commit, rollback, isolation and cancellation.

use std::future::Future;
use std::pin::pin;
use std::slice;
use std::task::{Context, Poll, Waker};

use bailiwick_app::audit::{AuditFilter, Entry};
use bailiwick_app::{AuthorityQuery, Error, OutgoingMail, Tx};
use bailiwick_invites::{Invitation, InvitationKey};
use bailiwick_kernel::{Lock, TokenHash, TokenKind, UserId};
use bailiwick_orgs::{Membership, Organization};
use bailiwick_rbac::Permission;
use bailiwick_roles::{CatalogueEntry, Role};
use bailiwick_users::{NewSecret, RefreshGrant, SecretRef, Session, User, UserError};

use super::audit::{listed, new_entry};
use super::outbox::new_mail;
use super::world::{World, assert_refused, name, renamed, within};
use crate::mail_claim;

/// More transactions than a connection pool has connections.
const MANY: usize = 60;

/// One row for each repository.
struct Change {
    user: User,
    session: (Session, RefreshGrant),
    secret: TokenHash,
    org: Organization,
    role: Role,
    membership: Membership,
    entry: CatalogueEntry,
    invitation: (Invitation, TokenHash),
    mail: OutgoingMail,
    trail: Entry,
}

impl Change {
    fn new(world: &World) -> Self {
        let (user, organization) = (world.new_user(), world.new_organization());
        let role = world.new_role(organization.id, "editor", 30, &["kb:read"]);
        let permission = Permission::parse("attic:sweep").unwrap();
        let org = super::world::Org { id: organization.id, organization, owner: user, roles: Vec::new() };
        let invitation = world.new_invitation(&org, world.email(), role.id);
        Self {
            session: world.new_session(org.owner.id),
            secret: world.token(),
            membership: Membership::active(org.id, org.owner.id, role.id, world.now),
            entry: CatalogueEntry::new(None, permission, "Sweep".to_owned(), &*world.ids, world.now),
            invitation: (invitation, world.token()),
            mail: new_mail(world, world.now),
            trail: new_entry(world, Some(org.id)),
            user: org.owner,
            org: org.organization,
            role,
        }
    }

    async fn write(&self, world: &World, tx: &mut dyn Tx) -> Result<(), Error> {
        let (kind, until) = (TokenKind::EmailVerification, world.after(60));
        tx.users().insert(&self.user).await?;
        tx.sessions().insert(&self.session.0, &self.session.1).await?;
        tx.secrets()
            .issue(&NewSecret {
                kind,
                user: self.user.id,
                hash: self.secret,
                created_at: world.now,
                expires_at: until,
                address: None,
            })
            .await?;
        tx.orgs().insert(&self.org).await?;
        tx.roles().insert(&self.role).await?;
        tx.orgs().insert_membership(&self.membership).await?;
        tx.roles().insert_entry(&self.entry).await?;
        tx.invites().insert(&self.invitation.0, &self.invitation.1).await?;
        tx.outbox().enqueue(&self.mail, world.now).await?;
        tx.audit().append(slice::from_ref(&self.trail)).await?;
        Ok(())
    }

    /// Returns for each part whether another transaction finds it.
    async fn seen(&self, world: &World) -> [bool; 8] {
        let query = AuthorityQuery { session: Some(self.session.0.id), ..within(self.org.id, self.user.id) };
        let permission = &self.entry.permission;
        let email = &self.user.email;
        [
            read!(world, |tx| tx.users().find_by_email(email, Lock::None).await).is_some(),
            world.store.load_view(&query).await.unwrap().is_some(),
            read!(world, |tx| tx.orgs().find(self.org.id, Lock::None).await).is_some(),
            read!(world, |tx| tx.roles().find(self.org.id, self.role.id).await).is_some(),
            world.membership(self.org.id, self.user.id).await.is_some(),
            !read!(world, |tx| tx.roles().list_entries(None, Some(permission)).await).is_empty(),
            read!(world, |tx| tx.invites().find(InvitationKey::Token(&self.invitation.1)).await).is_some(),
            listed(world, Some(self.org.id), &AuditFilter::default()).await == [self.trail.clone()],
        ]
    }

    /// Asserts that no part was stored, by reading each and by writing all of them again.
    async fn assert_undone(&self, world: &World) {
        assert_eq!(self.seen(world).await, [false; 8]);
        let (now, until, kind) = (world.now, world.after(60), TokenKind::EmailVerification);
        let mails = transaction!(world, |tx| tx.outbox().claim(&mail_claim(now, until, 10)).await).unwrap();
        assert_eq!(mails, []);
        let user =
            transaction!(world, |tx| tx.secrets().consume(kind, SecretRef::Hash(self.secret), now).await);
        assert_eq!(user, Ok(None));
        transaction!(world, |tx| self.write(world, &mut *tx).await).unwrap();
    }
}

pub async fn a_commit_is_visible_to_others(world: World) {
    let change = Change::new(&world);
    transaction!(world, |tx| change.write(&world, &mut *tx).await).unwrap();
    assert_eq!(change.seen(&world).await, [true; 8]);
    let (now, until, kind) = (world.now, world.after(60), TokenKind::EmailVerification);
    let mails = transaction!(world, |tx| tx.outbox().claim(&mail_claim(now, until, 10)).await).unwrap();
    assert_eq!(mails, [change.mail]);
    let user =
        transaction!(world, |tx| tx.secrets().consume(kind, SecretRef::Hash(change.secret), now).await);
    assert_eq!(user, Ok(Some(change.user.id)));
}

pub async fn nothing_is_visible_to_others_before_the_commit(world: World) {
    let change = Change::new(&world);
    let mut tx = world.begin().await;
    change.write(&world, &mut *tx).await.unwrap();
    assert_eq!(change.seen(&world).await, [false; 8]);
    tx.commit().await.unwrap();
    assert_eq!(change.seen(&world).await, [true; 8]);
}

pub async fn a_transaction_sees_what_it_wrote(world: World) {
    let change = Change::new(&world);
    let mut tx = world.begin().await;
    change.write(&world, &mut *tx).await.unwrap();
    let found = tx.users().find(change.user.id, Lock::None).await.unwrap().unwrap();
    assert_eq!(User { last_active: None, ..found }, change.user);
    assert_eq!(tx.orgs().find(change.org.id, Lock::None).await, Ok(Some(change.org.clone())));
    assert_eq!(tx.roles().find(change.org.id, change.role.id).await, Ok(Some(change.role.clone())));
    let found = tx.directory().find_member(change.org.id, change.user.id).await.unwrap().unwrap();
    assert_eq!(found.membership, change.membership);
    assert_eq!(
        tx.invites().find(InvitationKey::Token(&change.invitation.1)).await,
        Ok(Some(change.invitation.0.clone()))
    );
    tx.rollback().await.unwrap();
}

pub async fn a_transaction_rolled_back_leaves_nothing(world: World) {
    let change = Change::new(&world);
    let mut tx = world.begin().await;
    change.write(&world, &mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    change.assert_undone(&world).await;
}

pub async fn a_transaction_dropped_leaves_nothing(world: World) {
    let change = Change::new(&world);
    let mut tx = world.begin().await;
    change.write(&world, &mut *tx).await.unwrap();
    drop(tx);
    change.assert_undone(&world).await;
}

pub async fn a_rollback_restores_changed_and_deleted_rows(world: World) {
    let org = world.org().await;
    let owner = org.owner.id;
    let before = read!(world, |tx| tx.directory().find_member(org.id, owner).await);
    for rolled_back in [true, false] {
        let mut tx = world.begin().await;
        tx.users().update(owner, &renamed(&name("Some"), &name("Body"))).await.unwrap();
        tx.orgs().delete(org.id).await.unwrap();
        tx.users().delete(owner).await.unwrap();
        if rolled_back {
            tx.rollback().await.unwrap();
        } else {
            drop(tx);
        }
        assert_eq!(read!(world, |tx| tx.directory().find_member(org.id, owner).await), before);
        assert_eq!(read!(world, |tx| tx.roles().list(org.id).await), org.roles);
    }
}

pub async fn the_store_keeps_working_after_many_dropped_transactions(world: World) {
    for _ in 0..MANY {
        let mut tx = world.begin().await;
        tx.users().insert(&world.new_user()).await.unwrap();
        drop(tx);
        let mut tx = world.begin_read().await;
        tx.users().find(world.new_user().id, Lock::None).await.unwrap();
        drop(tx);
        drop(world.begin().await);
    }
    let user = world.user().await;
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user));
}

pub async fn a_task_aborted_within_a_transaction_leaves_nothing(world: World) {
    let mut left_behind = Vec::new();
    for _ in 0..8 {
        let user = world.new_user();
        left_behind.push(user.id);
        let (told, tell) = tokio::sync::oneshot::channel();
        let task = tokio::spawn({
            let world = world.clone();
            async move {
                let mut tx = world.begin().await;
                tx.users().insert(&user).await.unwrap();
                told.send(()).unwrap();
                std::future::pending::<()>().await;
                tx.commit().await.unwrap();
            }
        });
        tell.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_nobody(&world, &left_behind).await;
}

/// A client that disconnects may cancel its request at any await point.
pub async fn a_transaction_cancelled_within_a_statement_leaves_nothing(world: World) {
    let mut left_behind = Vec::new();
    for polls in 1..=24 {
        let user = world.new_user();
        left_behind.push(user.id);
        let writing = async {
            let mut tx = world.begin().await;
            tx.users().insert(&user).await.unwrap();
            tx.users().find(user.id, Lock::None).await.unwrap();
            std::future::pending::<()>().await;
            tx.commit().await.unwrap();
        };
        give_up_after(polls, writing).await;
    }
    assert_nobody(&world, &left_behind).await;
}

async fn give_up_after(polls: usize, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    for _ in 0..polls {
        let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(poll, Poll::Pending);
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn assert_nobody(world: &World, left_behind: &[UserId]) {
    for id in left_behind {
        assert_eq!(read!(world, |tx| tx.users().find(*id, Lock::None).await), None);
    }
    let user = world.user().await;
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user));
}

pub async fn a_reading_transaction_sees_one_state(world: World) {
    let org = world.org().await;
    let owner = org.owner.id;
    let mut reader = world.begin_read().await;
    let before = reader.users().find(owner, Lock::None).await.unwrap();

    let late = world.member(&org, bailiwick_roles::SystemRole::Member).await;
    let (first, last) = (name("Some"), name("Body"));
    transaction!(world, |tx| tx.users().update(owner, &renamed(&first, &last)).await).unwrap();
    transaction!(world, |tx| tx.roles().insert(&world.new_role(org.id, "new", 30, &[])).await).unwrap();

    assert_eq!(reader.users().find(owner, Lock::None).await.unwrap(), before);
    assert_eq!(reader.users().find(late.id, Lock::None).await, Ok(None));
    assert_eq!(reader.directory().find_member(org.id, late.id).await, Ok(None));
    assert_eq!(reader.roles().list(org.id).await.unwrap().len(), 4);
    reader.commit().await.unwrap();
    assert_eq!(read!(world, |tx| tx.roles().list(org.id).await).len(), 5);
    assert_eq!(read!(world, |tx| tx.users().find(late.id, Lock::None).await), Some(late));
}

pub async fn a_transaction_goes_on_after_none_and_false(world: World) {
    let user = world.new_user();
    let answer = transaction!(world, |tx| {
        assert_eq!(tx.users().find(user.id, Lock::None).await, Ok(None));
        assert_eq!(
            tx.orgs().find(world.new_organization().id, Lock::Update).await.map(|org| org.is_some()),
            Ok(false)
        );
        tx.users().insert(&user).await
    });
    answer.unwrap();
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user));
}

/// A commit after a refused statement may commit what came before it, or fail. It must not return
/// `Ok` without committing.
pub async fn a_commit_after_a_refusal_tells_the_truth(world: World) {
    let (first, second) = (world.user().await, world.new_user());
    let twin = User { id: world.new_user().id, ..first };
    let mut tx = world.begin().await;
    tx.users().insert(&second).await.unwrap();
    assert_eq!(tx.users().insert(&twin).await, Err(UserError::EmailTaken));
    let committed = tx.commit().await.is_ok();
    assert_eq!(read!(world, |tx| tx.users().find(second.id, Lock::None).await).is_some(), committed);
    assert_eq!(read!(world, |tx| tx.users().find(twin.id, Lock::None).await), None);
}

pub async fn a_refused_change_is_rolled_back_with_all_before_it(world: World) {
    let (first, second) = (world.user().await, world.new_user());
    let twin = User { id: world.new_user().id, ..first };
    let answer = transaction!(world, |tx| {
        tx.users().insert(&second).await?;
        tx.users().insert(&twin).await
    });
    assert_refused(answer, UserError::EmailTaken);
    assert_nobody(&world, &[second.id, twin.id]).await;
}

pub async fn moments_are_kept_to_the_microsecond(world: World) {
    for micros in [0, 1, 999_999, 1_000_000_000_000_001, 4_102_444_799_999_999] {
        let moment = bailiwick_kernel::Timestamp::from_unix_micros(micros).unwrap();
        let user = world.store_user(User { created_at: moment, ..world.new_user() }).await;
        let found = read!(world, |tx| tx.users().find(user.id, Lock::None).await).unwrap();
        assert_eq!(found.created_at.unix_micros(), micros);
    }
}
