//! Following a permission.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_app::authority::permission::{KbRead, UsersWrite};
use bailiwick_app::organizations::{ChangeMemberStatus, MemberStatusChange};
use bailiwick_app::roles::AssignRole;
use bailiwick_app::{App, AuthorityQuery, AuthorityView, Parts, Store};
use bailiwick_app::{Denial, Error};
use bailiwick_kernel::StoreError;
use bailiwick_testkit::{Delegate, Delegating, MemoryStore};
use tokio::sync::oneshot::{Sender, channel};
use tokio::time::Instant;

use crate::world::{Person, World};

/// An organization with a member whose permission is followed.
struct Scene {
    world: World,
    ada: Person,
    bob: Person,
    _runs: Option<Sender<()>>,
}

impl Scene {
    /// With a lease the cache is told of changes; without one each check asks the store.
    async fn new(with_lease: bool) -> Self {
        let world = World::new();
        let runs = if with_lease { Some(run_invalidation(&world).await) } else { None };
        let ada = world.owner("ada").await;
        let member = world.role_named(ada, "member").await;
        let bob = world.bring_in(ada, "bob", member).await;
        Self { world, ada, bob, _runs: runs }
    }

    async fn suspend_bob(&self) {
        let allow = self.world.allow::<UsersWrite>(self.ada).await.unwrap();
        let suspend = ChangeMemberStatus { user: self.bob.actor.user, change: MemberStatusChange::Suspend };
        self.world.app.run(&allow, &suspend).await.unwrap();
    }
}

async fn run_invalidation(world: &World) -> Sender<()> {
    let (runs, ended) = channel::<()>();
    let app = world.app.clone();
    let stop = Box::pin(async move { _ = ended.await });
    tokio::spawn(async move { app.authority().run_invalidation(stop).await });
    while !world.app.authority().cache().holds_lease() {
        tokio::task::yield_now().await;
    }
    runs
}

#[tokio::test(start_paused = true)]
async fn a_followed_permission_is_lost_with_its_reason() {
    for with_lease in [true, false] {
        let scene = Scene::new(with_lease).await;
        let authority = scene.world.app.authority();
        let lost = tokio::spawn(authority.follow::<KbRead>(&scene.bob.actor, scene.bob.org));
        let kept = tokio::spawn(authority.follow::<KbRead>(&scene.ada.actor, scene.ada.org));
        tokio::task::yield_now().await;
        // Another role that grants the permission changes nothing.
        let guest = scene.world.role_named(scene.ada, "guest").await;
        let allow = scene.world.allow::<UsersWrite>(scene.ada).await.unwrap();
        scene.world.app.run(&allow, &AssignRole { user: scene.bob.actor.user, role: guest }).await.unwrap();
        let suspended_at = Instant::now();
        scene.suspend_bob().await;
        assert_eq!(lost.await.unwrap(), Error::Denied(Denial::Suspended), "lease: {with_lease}");
        // Under a lease it is told; the clock of the test moves only while everything waits.
        assert!(!with_lease || suspended_at.elapsed().is_zero(), "{:?}", suspended_at.elapsed());
        assert!(!kept.is_finished());
        kept.abort();
    }
}

#[tokio::test]
async fn a_permission_that_is_missing_is_lost_at_once() {
    let scene = Scene::new(true).await;
    let lost = scene.world.app.authority().follow::<UsersWrite>(&scene.bob.actor, scene.bob.org).await;
    assert!(matches!(lost, Error::Denied(Denial::Missing(_))), "{lost:?}");
}

#[tokio::test]
async fn a_change_before_the_first_poll_is_not_missed() {
    let scene = Scene::new(true).await;
    let lost = scene.world.app.authority().follow::<KbRead>(&scene.bob.actor, scene.bob.org);
    scene.suspend_bob().await;
    assert_eq!(lost.await, Error::Denied(Denial::Suspended));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_expires_ends_it_though_nothing_changes() {
    let scene = Scene::new(true).await;
    let lost = tokio::spawn(scene.world.app.authority().follow::<KbRead>(&scene.bob.actor, scene.bob.org));
    tokio::task::yield_now().await;
    scene.world.clock.advance(time::Duration::days(31));
    let lost = lost.await.unwrap();
    assert!(matches!(lost, Error::Denied(Denial::Token(_))), "{lost:?}");
}

/// A store whose checks fail.
struct Down(MemoryStore);

#[async_trait]
impl Delegate for Down {
    fn inner(&self) -> &dyn Store {
        &self.0
    }

    async fn load_view(&self, _: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        Err(StoreError::Unavailable("on purpose".to_owned()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_ends_it_after_the_time_of_a_lease() {
    let scene = Scene::new(false).await;
    let store = Arc::new(Delegating(Down(scene.world.store.clone())));
    let app = App::new(Parts { store, ..scene.world.app.parts().clone() });
    let began = Instant::now();
    let lost = app.authority().follow::<KbRead>(&scene.bob.actor, scene.bob.org).await;
    assert_eq!(lost, Error::Store(StoreError::Unavailable("on purpose".to_owned())));
    let lasted = began.elapsed();
    assert!((3_250..4_000).contains(&lasted.as_millis()), "{lasted:?}");
}
