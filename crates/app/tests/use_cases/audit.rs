//! The audit entries of a command are stored with its changes, and only with them.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bailiwick_app::accounts::RenameMe;
use bailiwick_app::audit::{Action, AuditEvent, AuditFilter, Entry, ListAudit};
use bailiwick_app::authority::permission::{AuditRead, UsersWrite};
use bailiwick_app::authority::{Authenticated, Public};
use bailiwick_app::organizations::{ChangeMemberStatus, MemberStatusChange};
use bailiwick_app::{Allow, ClientInfo, Command, Context, Error, Store, Work};
use bailiwick_kernel::{PageRequest, StoreError, UserId};
use bailiwick_users::UserError;
use time::Duration;

use crate::world::{World, name};

/// A command that writes an audit entry and fails the given number of times.
struct Say {
    about: UserId,
    failures: AtomicU32,
    error: Error,
}

impl Say {
    fn failing(about: UserId, times: u32, error: impl Into<Error>) -> Self {
        Self { about, failures: AtomicU32::new(times), error: error.into() }
    }
}

#[async_trait]
impl Command for Say {
    type Proof = Public;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        work.audit(AuditEvent::new(Action::AccountUnlock, self.about).after("said", "something"));
        let left = self.failures.load(Ordering::Relaxed);
        self.failures.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Ok(()) } else { Err(self.error.clone()) }
    }
}

async fn said(world: &World, action: Action) -> Vec<Entry> {
    let filter = AuditFilter { actions: Some(action.into()), ..AuditFilter::default() };
    let mut tx = world.store.begin_read().await.unwrap();
    let found = tx.audit().list(None, &filter, PageRequest::default()).await.unwrap();
    tx.rollback().await.unwrap();
    found.items
}

#[tokio::test]
async fn a_refused_command_leaves_no_row() {
    let world = World::new();
    let ada = world.owner("ada").await.actor.user;
    let refused = Say::failing(ada, 1, UserError::NotFound);
    assert!(world.app.run(&Public, &refused).await.is_err());
    assert_eq!(said(&world, Action::AccountUnlock).await, []);
    assert_eq!(world.sign_up("ada").await, Err(UserError::EmailTaken.into()));
    assert_eq!(said(&world, Action::AccountSignUp).await.len(), 1);
    assert_eq!(said(&world, Action::OrganizationCreate).await.len(), 1);
}

#[tokio::test]
async fn a_command_that_runs_again_leaves_its_rows_once() {
    let world = World::new();
    let ada = world.owner("ada").await.actor.user;
    let lost = Say::failing(ada, 2, StoreError::Contention("again".to_owned()));
    world.app.run(&Public, &lost).await.unwrap();
    assert_eq!(said(&world, Action::AccountUnlock).await.len(), 1);
}

#[tokio::test]
async fn a_row_tells_who_when_and_whence() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let client = ClientInfo { device: None, ip: Some("2001:db8::7".parse::<IpAddr>().unwrap()) };
    let app = world.app.on_behalf(Context { request_id: Some("r-1".into()), client, accept_language: None });
    world.clock.advance(Duration::seconds(5));
    let proof = app.authority().authenticated(&ada.actor).await.unwrap();
    let rename = RenameMe { last_name: Some(name("Lovelace")), ..RenameMe::default() };
    app.run(&proof, &rename).await.unwrap();

    let rows = said(&world, Action::AccountRename).await;
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    assert_eq!((row.actor, row.session), (Some(ada.actor.user), Some(ada.actor.session)));
    assert_eq!((row.org, row.target), (None, Some(ada.actor.user.into())));
    assert_eq!(row.before.as_ref().unwrap()["last_name"], "Tester");
    assert_eq!(row.after.as_ref().unwrap()["last_name"], "Lovelace");
    assert!(row.after.as_ref().unwrap().get("first_name").is_none(), "only what changed");
    assert_eq!(row.at, bailiwick_kernel::Clock::now(&*world.clock));
    assert_eq!((row.request_id.as_deref(), row.ip.as_deref()), (Some("r-1"), Some("2001:db8::7")));

    app.run(&proof, &rename).await.unwrap();
    assert_eq!(said(&world, Action::AccountRename).await.len(), 1, "nothing changed");
}

/// A command that names another account as its actor.
struct Blame(UserId);

#[async_trait]
impl Command for Blame {
    type Proof = Authenticated;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Authenticated>) -> Result<(), Error> {
        work.name_actor(self.0, None);
        work.audit(AuditEvent::new(Action::AccountUnlock, self.0));
        Ok(())
    }
}

#[tokio::test]
async fn the_proof_says_who_acts() {
    let world = World::new();
    let (ada, eve) = (world.owner("ada").await, world.owner("eve").await);
    let proof = world.app.authority().authenticated(&eve.actor).await.unwrap();
    world.app.run(&proof, &Blame(ada.actor.user)).await.unwrap();
    assert_eq!(said(&world, Action::AccountUnlock).await[0].actor, Some(eve.actor.user));
}

#[tokio::test]
async fn what_is_so_already_is_no_change_and_the_newest_comes_first() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    let allow: Allow<UsersWrite> = world.allow(ada).await.unwrap();
    let suspend = |change| ChangeMemberStatus { user: bob.actor.user, change };
    world.app.run(&allow, &suspend(MemberStatusChange::Suspend)).await.unwrap();
    world.app.run(&allow, &suspend(MemberStatusChange::Suspend)).await.unwrap();
    assert_eq!(said(&world, Action::MemberSuspend).await.len(), 1, "so already");

    let read: Allow<AuditRead> = world.allow(ada).await.unwrap();
    let listed = world.app.query(&read, &ListAudit::default()).await.unwrap();
    assert_eq!(listed.items[0].action, Action::MemberSuspend, "newest first");
    assert!(listed.items.iter().all(|row| row.org == Some(ada.org)));
}
