//! The cache of authority: it loads once, is never stale, is bounded, and does not answer without a
//! lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration as StdDuration;

use async_trait::async_trait;
use bailiwick_app::accounts::{DeactivateMe, EndSession, LogOut, LogOutEverywhere};
use bailiwick_app::authority::cache::{CacheKey, Invalidation, Limits};
use bailiwick_app::authority::permission::{KbRead, RolesWrite, UsersDelete, UsersWrite};
use bailiwick_app::authority::{Allow, Permit};
use bailiwick_app::organizations::{ChangeMemberStatus, Leave, MemberStatusChange, RemoveMember};
use bailiwick_app::roles::{AssignRole, ChangeRole, CreateRole};
use bailiwick_app::{
    App, Authority, AuthorityCache, AuthorityQuery, AuthorityView, Denial, Error, Parts, Store, TokenFault,
};
use bailiwick_kernel::StoreError;
use bailiwick_testkit::{Delegate, Delegating, ManualStopwatch, MemoryStore};
use time::Duration;
use tokio::sync::Semaphore;

use crate::world::{Person, World, draft};

/// A store that counts loads of views and can hold back their results.
struct Slow {
    store: MemoryStore,
    loads: AtomicU64,
    settled: AtomicU64,
    /// One permit for each result that may be returned.
    gate: Semaphore,
    /// One permit for each result that is loaded and waits for `gate`.
    read: Semaphore,
}

#[async_trait]
impl Delegate for Slow {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    async fn load_view(&self, query: &AuthorityQuery) -> Result<Option<AuthorityView>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let view = self.store.load_view(query).await;
        self.read.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        view
    }

    async fn await_invalidation(&self) -> Result<(), StoreError> {
        self.settled.fetch_add(1, Ordering::SeqCst);
        self.store.await_invalidation().await
    }
}

impl Slow {
    fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }
}

/// An application whose cache the store invalidates, and an owner.
struct Scene {
    world: World,
    store: Arc<Delegating<Slow>>,
    ada: Person,
    _runs: tokio::sync::oneshot::Sender<()>,
}

impl Scene {
    async fn new() -> Self {
        let mut world = World::new();
        let store = Arc::new(Delegating(Slow {
            store: world.store.clone(),
            loads: AtomicU64::default(),
            settled: AtomicU64::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS / 2),
            read: Semaphore::new(0),
        }));
        world.app = App::new(Parts { store: store.clone(), ..world.app.parts().clone() });
        let (runs, ended) = tokio::sync::oneshot::channel::<()>();
        let app = world.app.clone();
        let stop = Box::pin(async move { _ = ended.await });
        tokio::spawn(async move { app.authority().run_invalidation(stop).await });
        while !world.app.authority().cache().holds_lease() {
            tokio::task::yield_now().await;
        }
        let ada = world.owner("ada").await;
        Self { world, store, ada, _runs: runs }
    }

    fn authority(&self) -> &Authority {
        self.world.app.authority()
    }

    async fn check(&self, whom: Person) -> Result<Allow<KbRead>, Error> {
        self.authority().check(&whom.actor, whom.org, KbRead).await
    }

    /// Adds a member of Ada's organization whose authority is in the cache.
    async fn member(&self, who: &str) -> Person {
        let role = self.world.role_named(self.ada, "member").await;
        let person = self.world.bring_in(self.ada, who, role).await;
        self.check(person).await.unwrap();
        assert!(
            self.authority().check_cached::<KbRead>(&person.actor, person.org).is_some_and(|now| now.is_ok())
        );
        person
    }

    async fn by_ada<P: Permit, C>(&self, command: C) -> Result<C::Output, Error>
    where
        C: bailiwick_app::Command<Proof = Allow<P>>,
    {
        let allow = self.world.allow::<P>(self.ada).await.unwrap();
        self.world.app.run(&allow, &command).await
    }

    async fn suspend(&self, whom: Person) -> Result<(), Error> {
        let change = MemberStatusChange::Suspend;
        self.by_ada::<UsersWrite, _>(ChangeMemberStatus { user: whom.actor.user, change }).await.map(drop)
    }

    #[track_caller]
    fn refused(verdict: Result<Allow<KbRead>, Error>, denial: &Denial) {
        assert_eq!(verdict.map(drop), Err(Error::Denied(denial.clone())));
    }
}

#[tokio::test]
async fn what_was_asked_once_is_answered_from_memory() {
    let scene = Scene::new().await;
    let bob = scene.member("bob").await;
    let loads = scene.store.loads();
    for _ in 0..10 {
        scene.check(bob).await.unwrap();
        scene.authority().authenticated(&bob.actor).await.unwrap();
        scene.authority().member(&bob.actor, bob.org).await.unwrap();
        assert!(scene.authority().owner(&bob.actor, bob.org).await.is_err());
    }
    assert_eq!(scene.store.loads(), loads);
    let cache = scene.authority().cache();
    assert!(cache.metrics().hits.get() >= 40);
    assert_eq!(cache.entries().organizations, 1);
}

#[tokio::test]
async fn every_loss_of_authority_is_seen_by_the_next_check() {
    let scene = Scene::new().await;
    let app = &scene.world.app;
    let revoked = Denial::Token(TokenFault::Revoked);

    let bob = scene.member("bob").await;
    scene.suspend(bob).await.unwrap();
    Scene::refused(scene.check(bob).await, &Denial::Suspended);
    let change = MemberStatusChange::Restore;
    scene.by_ada::<UsersWrite, _>(ChangeMemberStatus { user: bob.actor.user, change }).await.unwrap();
    scene.check(bob).await.unwrap();
    scene.by_ada::<UsersDelete, _>(RemoveMember { user: bob.actor.user }).await.unwrap();
    Scene::refused(scene.check(bob).await, &Denial::Removed);

    let carol = scene.member("carol").await;
    app.run(&scene.world.member(carol).await.unwrap(), &Leave).await.unwrap();
    Scene::refused(scene.check(carol).await, &Denial::Removed);

    let dave = scene.member("dave").await;
    let second = Person { actor: scene.world.log_in("dave").await, ..dave };
    let third = Person { actor: scene.world.log_in("dave").await, ..dave };
    for session in [second, third] {
        scene.check(session).await.unwrap();
    }
    let proof = scene.world.authenticated(dave.actor).await.unwrap();
    app.run(&proof, &EndSession { id: second.actor.session }).await.unwrap();
    Scene::refused(scene.check(second).await, &revoked);
    app.run(&proof, &LogOut).await.unwrap();
    Scene::refused(scene.check(dave).await, &revoked);
    scene.check(third).await.unwrap();
    app.run(&scene.world.authenticated(third.actor).await.unwrap(), &LogOutEverywhere).await.unwrap();
    Scene::refused(scene.check(third).await, &revoked);

    let erin = scene.member("erin").await;
    app.run(&scene.world.authenticated(erin.actor).await.unwrap(), &DeactivateMe).await.unwrap();
    Scene::refused(scene.check(erin).await, &Denial::Deactivated);
}

#[tokio::test]
async fn a_change_of_role_reaches_everybody_who_holds_it() {
    let scene = Scene::new().await;
    let reader = CreateRole { draft: draft("reader", 15, &["kb:read"]) };
    let role = scene.by_ada::<RolesWrite, _>(reader).await.unwrap().id;
    let people = [scene.member("bob").await, scene.member("carol").await];
    for person in people {
        scene.by_ada::<UsersWrite, _>(AssignRole { user: person.actor.user, role }).await.unwrap();
        assert_eq!(scene.check(person).await.unwrap().context().role.id, role);
    }
    let nothing =
        ChangeRole { id: role, name: None, description: None, level: None, permissions: Some(Vec::new()) };
    scene.by_ada::<RolesWrite, _>(nothing).await.unwrap();
    for person in people {
        assert!(matches!(scene.check(person).await, Err(Error::Denied(Denial::Missing(_)))));
    }
    let loads = scene.store.loads();
    scene.check(scene.ada).await.unwrap();
    assert_eq!(scene.store.loads(), loads, "other roles stay known");
}

#[tokio::test]
async fn nothing_absent_is_remembered() {
    let scene = Scene::new().await;
    let stranger = Person { org: scene.ada.org, ..scene.world.owner("bob").await };
    for loads in 1..4 {
        let before = scene.store.loads();
        Scene::refused(scene.check(stranger).await, &Denial::NotMember);
        assert_eq!(scene.store.loads(), before + 1, "{loads}");
    }
    assert!(scene.authority().member_cached(&stranger.actor, stranger.org).is_none());
}

#[tokio::test]
async fn what_a_change_overtook_is_answered_but_not_kept() {
    let scene = Scene::new().await;
    let bob = scene.member("bob").await;
    let cache = scene.authority().cache();
    cache.apply(&Invalidation::Keys(vec![CacheKey::Member(bob.org, bob.actor.user)]));
    let overtaken = cache.metrics().overtaken.get();
    // Ada is known; Bob's view is read before he is suspended and arrives after.
    scene.check(scene.ada).await.unwrap();
    scene.store.read.forget_permits(usize::MAX);
    scene.store.gate.forget_permits(usize::MAX);
    let app = scene.world.app.clone();
    let asked = tokio::spawn(async move { app.authority().check(&bob.actor, bob.org, KbRead).await });
    scene.store.read.acquire().await.unwrap().forget();
    scene.suspend(bob).await.unwrap();
    scene.store.gate.add_permits(1_000);
    assert!(asked.await.unwrap().is_ok(), "it began before the change");
    assert_eq!(cache.metrics().overtaken.get(), overtaken + 1);
    Scene::refused(scene.check(bob).await, &Denial::Suspended);
}

#[tokio::test]
async fn without_a_lease_the_store_is_asked_and_nothing_is_kept() {
    let world = World::new();
    let stopwatch = Arc::new(ManualStopwatch::default());
    let app = App::new(Parts { stopwatch: stopwatch.clone(), ..world.app.parts().clone() });
    let ada = world.owner("ada").await;
    let (authority, cache) = (app.authority(), app.authority().cache());
    let is_known = || authority.member_cached(&ada.actor, ada.org).is_some();
    authority.member(&ada.actor, ada.org).await.unwrap();
    assert!(!is_known(), "never told");
    cache.lease_until(StdDuration::from_secs(3));
    assert!(!is_known(), "kept without a lease");
    authority.member(&ada.actor, ada.org).await.unwrap();
    assert!(is_known());
    stopwatch.pass(StdDuration::from_secs(3) - StdDuration::from_nanos(1));
    assert!(is_known(), "to the last moment");
    stopwatch.pass(StdDuration::from_nanos(1));
    assert!(!is_known(), "run out");
    cache.lease_until(StdDuration::from_secs(6));
    assert!(is_known(), "renewed");
    cache.lose_lease();
    cache.lease_until(StdDuration::from_secs(9));
    assert!(!is_known(), "what was known before a loss is forgotten");
}

#[tokio::test]
async fn a_session_that_runs_out_is_refused_from_memory_too() {
    let scene = Scene::new().await;
    let bob = scene.member("bob").await;
    let loads = scene.store.loads();
    scene.world.clock.advance(Duration::days(31));
    Scene::refused(scene.check(bob).await, &Denial::Token(TokenFault::Revoked));
    assert_eq!(scene.store.loads(), loads);
}

#[tokio::test]
async fn whoever_finds_the_change_made_waits_as_well() {
    let scene = Scene::new().await;
    let bob = scene.member("bob").await;
    let settled = || scene.store.settled.load(Ordering::SeqCst);
    scene.suspend(bob).await.unwrap();
    assert_eq!(settled(), 0, "the commit waited");
    scene.suspend(bob).await.unwrap();
    assert_eq!(settled(), 1, "done already");
    scene.by_ada::<UsersDelete, _>(RemoveMember { user: bob.actor.user }).await.unwrap();
    scene.by_ada::<UsersDelete, _>(RemoveMember { user: bob.actor.user }).await.unwrap_err();
    assert_eq!(settled(), 2, "refused, because it was done");
    scene.world.log_in("bob").await;
    assert_eq!(settled(), 2, "a login tells nobody");
}

#[tokio::test]
async fn memory_is_bounded_and_forgets_what_is_too_much() {
    let limits = Limits { sessions: 8, memberships: 8, ..Limits::default() };
    let world = World::new();
    let cache = AuthorityCache::new(Arc::new(ManualStopwatch::default()), limits);
    cache.lease_until(StdDuration::from_secs(3));
    let parts = world.app.parts();
    let authority = Authority::new(parts.store.clone(), parts.clock.clone(), Arc::new(cache));
    for n in 0..50 {
        let person = world.owner(&format!("p{n}")).await;
        authority.member(&person.actor, person.org).await.unwrap();
        assert!(authority.member_cached(&person.actor, person.org).is_some());
        let known = authority.cache().entries();
        assert!(known.sessions <= 8 && known.memberships <= 8, "{known:?}");
    }
    assert!(authority.cache().metrics().evicted.get() > 0);
}

#[tokio::test]
async fn roles_are_bounded_by_what_they_weigh() {
    let limits = Limits { role_bytes: 4_000, ..Limits::default() };
    let world = World::new();
    let cache = AuthorityCache::new(Arc::new(ManualStopwatch::default()), limits);
    cache.lease_until(StdDuration::from_secs(3));
    let parts = world.app.parts();
    let authority = Authority::new(parts.store.clone(), parts.clock.clone(), Arc::new(cache));
    for n in 0..50 {
        let person = world.owner(&format!("p{n}")).await;
        authority.member(&person.actor, person.org).await.unwrap();
        assert!(authority.cache().entries().role_bytes < 6_000);
    }
    authority.cache().apply(&Invalidation::Everything);
    assert_eq!(authority.cache().entries().role_bytes, 0);
}

/// A key drops the cached views that depend on it, and no other.
#[tokio::test]
async fn each_key_forgets_what_hangs_on_it_and_nothing_else() {
    let scene = Scene::new().await;
    let (bob, carol) = (scene.member("bob").await, scene.world.owner("carol").await);
    let role = scene.check(bob).await.unwrap().context().role.id;
    let own = scene.check(carol).await.unwrap().context().role.id;
    let known = |person: Person| scene.authority().member_cached(&person.actor, person.org).is_some();
    for (key, forgotten) in [
        (CacheKey::User(bob.actor.user), true),
        (CacheKey::Session(bob.actor.user, bob.actor.session), true),
        (CacheKey::Member(bob.org, bob.actor.user), true),
        (CacheKey::Role(bob.org, role), true),
        (CacheKey::Org(bob.org), true),
        (CacheKey::User(scene.ada.actor.user), false),
        (CacheKey::Member(carol.org, bob.actor.user), false),
        (CacheKey::Role(bob.org, own), false),
    ] {
        scene.check(bob).await.unwrap();
        scene.check(carol).await.unwrap();
        scene.authority().cache().apply(&Invalidation::Keys(vec![key]));
        assert_eq!(known(bob), !forgotten, "{key:?}");
        assert!(known(carol), "{key:?}");
    }
}

#[tokio::test]
async fn whoever_watches_hears_of_every_change() {
    let scene = Scene::new().await;
    let bob = scene.member("bob").await;
    let mut changes = scene.authority().cache().watch();
    scene.suspend(bob).await.unwrap();
    let change = changes.recv().await.unwrap();
    assert!(change.any(|key| *key == CacheKey::Member(bob.org, bob.actor.user)), "{change:?}");
}
