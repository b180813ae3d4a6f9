//! `Store::run_invalidation`, and the effect and invalidation of `Tx::commit`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_app::authority::cache::{CacheKey, Invalidation, Limits};
use bailiwick_app::authority::{Actor, AuthorityCache};
use bailiwick_app::{Authority, Effect, Store};
use bailiwick_kernel::{Language, StoreError};
use bailiwick_orgs::MembershipStatus;
use bailiwick_rbac::Pattern;
use bailiwick_roles::SystemRole;
use bailiwick_users::{PasswordHash, SessionScope, User, UserChanges, UserStatus};
use tokio::sync::broadcast::Receiver;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::page_sessions::new_page;
use super::world::{Org, World, name, patterns, renamed};
use crate::{ManualClock, RunningStopwatch};

/// A cache that the store invalidates until it is stopped.
pub struct Listener {
    pub cache: Arc<AuthorityCache>,
    changes: Receiver<Arc<Invalidation>>,
    stop: oneshot::Sender<()>,
    runs: JoinHandle<()>,
}

impl Listener {
    /// Starts the invalidation of a new cache and waits until the cache holds a lease.
    pub async fn of(store: &Arc<dyn Store>) -> Self {
        let cache = Arc::new(AuthorityCache::new(Arc::new(RunningStopwatch::default()), Limits::default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let (kept, store) = (cache.clone(), store.clone());
        let stopped = Box::pin(async move { _ = stopped.await });
        let runs = tokio::spawn(async move { store.run_invalidation(kept, stopped).await });
        while !cache.holds_lease() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self { changes: cache.watch(), cache, stop, runs }
    }

    /// Takes the invalidations received since the last call.
    fn heard(&mut self) -> Vec<Arc<Invalidation>> {
        std::iter::from_fn(|| self.changes.try_recv().ok()).collect()
    }

    /// Asserts that an invalidation received since the last call covers `key`.
    #[track_caller]
    fn was_told_of(&mut self, key: CacheKey) {
        let heard = self.heard();
        let includes = |told: &CacheKey| {
            *told == key
                || matches!((told, key), (CacheKey::Org(org), CacheKey::Member(of, _) | CacheKey::Role(of, _)) if *org == of)
        };
        assert!(heard.iter().any(|change| change.any(includes)), "no invalidation covers {key:?}: {heard:?}");
    }
}

/// Commits the changes of the body and returns the effect of the commit.
macro_rules! committed {
    ($world:expr, |$tx:ident| $body:expr) => {{
        let mut $tx = $world.begin().await;
        $body.unwrap();
        $tx.commit().await.unwrap()
    }};
}

pub async fn a_memory_answers_while_it_is_told_and_no_longer(world: World) {
    let listener = Listener::of(&world.store).await;
    let second = Listener::of(&world.store).await;
    listener.stop.send(()).unwrap();
    listener.runs.await.unwrap();
    assert!(!listener.cache.holds_lease(), "the lease ends with the invalidation");
    assert!(second.cache.holds_lease(), "each cache has a lease of its own");
    world.store.await_invalidation().await.unwrap();
}

pub async fn changes_of_an_account_are_invalidated(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let mut user = world.user().await;
    let session = world.session(user.id).await;
    listener.heard();
    for status in [UserStatus::Inactive, UserStatus::Active] {
        user.status = status;
        assert_eq!(
            committed!(world, |tx| tx.users().update(user.id, &UserChanges::status_of(&user)).await),
            Effect::Authority
        );
        listener.was_told_of(CacheKey::User(user.id));
    }
    assert_eq!(
        committed!(world, |tx| tx.users().update(user.id, &UserChanges::to_platform_admin()).await),
        Effect::Authority
    );
    listener.was_told_of(CacheKey::User(user.id));
    let at = world.after(3);
    assert_eq!(
        committed!(world, |tx| tx.sessions().end(user.id, SessionScope::One(session.id), at).await),
        Effect::Authority
    );
    listener.was_told_of(CacheKey::Session(user.id, session.id));
    let second = world.session(user.id).await;
    assert_eq!(
        committed!(world, |tx| tx.sessions().end(user.id, SessionScope::All, at).await),
        Effect::Authority
    );
    listener.was_told_of(CacheKey::Session(user.id, second.id));
    assert_eq!(committed!(world, |tx| tx.users().delete(user.id).await), Effect::Authority);
    listener.was_told_of(CacheKey::User(user.id));
}

pub async fn changes_of_a_membership_are_invalidated(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let key = CacheKey::Member(org.id, user.id);
    listener.heard();
    let mut membership = world.membership(org.id, user.id).await.unwrap();
    for status in [MembershipStatus::Suspended, MembershipStatus::Active, MembershipStatus::Removed] {
        membership.status = status;
        let effect = committed!(world, |tx| tx.orgs().update_membership(&membership).await);
        assert_eq!(effect, Effect::Authority, "{status:?}");
        listener.was_told_of(key);
    }
    membership.role_id = Some(org.role(SystemRole::Guest));
    assert_eq!(committed!(world, |tx| tx.orgs().update_membership(&membership).await), Effect::Authority);
    listener.was_told_of(key);
    let effect = committed!(world, |tx| tx.orgs().delete_membership(org.id, user.id).await);
    assert_eq!(effect, Effect::Authority);
    listener.was_told_of(key);
}

pub async fn changes_of_a_role_are_invalidated(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let org = world.org().await;
    let mut role = world.custom_role(&org, "Editor", 40).await;
    let key = CacheKey::Role(org.id, role.id);
    listener.heard();
    let edits: [fn(&mut bailiwick_roles::Role); 4] = [
        |role| role.permissions = Vec::<Pattern>::new(),
        |role| role.permissions = patterns(&["kb:read"]),
        |role| role.permissions = patterns(&["kb:*"]),
        |role| role.name = name("Author"),
    ];
    for edit in edits {
        edit(&mut role);
        assert_eq!(committed!(world, |tx| tx.roles().update(&role).await), Effect::Authority);
        listener.was_told_of(key);
    }
    let other = world.custom_role(&org, "Reader", 41).await;
    listener.heard();
    let swapped = [(role.id, other.level), (other.id, role.level)];
    assert_eq!(committed!(world, |tx| tx.roles().set_levels(org.id, &swapped).await), Effect::Authority);
    // `heard` is called once, because both keys may arrive in one invalidation.
    let heard = listener.heard();
    for key in [key, CacheKey::Role(org.id, other.id)] {
        let includes = |told: &CacheKey| *told == key || *told == CacheKey::Org(org.id);
        assert!(heard.iter().any(|change| change.any(includes)), "no invalidation covers {key:?}: {heard:?}");
    }
    let effect = committed!(world, |tx| tx.roles().delete(org.id, role.id, world.now).await);
    assert_eq!(effect, Effect::Authority);
    listener.was_told_of(key);
}

pub async fn grants_added_to_roles_are_invalidated(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let mut grants = Vec::new();
    for _ in 0..70 {
        let org = world.org().await;
        for system in [SystemRole::Admin, SystemRole::Member, SystemRole::Guest] {
            grants.push((org.id, (org.role(system), patterns(&["attic:sweep"]))));
        }
    }
    listener.heard();
    let added: Vec<_> = grants.iter().map(|(_, added)| added.clone()).collect();
    assert_eq!(committed!(world, |tx| tx.roles().add_grants(&added).await), Effect::Authority);
    let heard = listener.heard();
    for (org, (role, _)) in &grants {
        let key = CacheKey::Role(*org, *role);
        let includes = |told: &CacheKey| *told == key || *told == CacheKey::Org(*org);
        assert!(heard.iter().any(|change| change.any(includes)), "no invalidation covers {key:?}");
    }
}

pub async fn the_end_of_an_organization_is_invalidated(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let (org, other) = (world.org().await, world.org().await);
    listener.heard();
    assert_eq!(
        committed!(world, |tx| tx.orgs().set_archived(org.id, Some(world.now)).await),
        Effect::Authority
    );
    listener.was_told_of(CacheKey::Org(org.id));
    assert_eq!(committed!(world, |tx| tx.orgs().set_archived(org.id, None).await), Effect::Authority);
    listener.was_told_of(CacheKey::Org(org.id));
    assert_eq!(committed!(world, |tx| tx.orgs().delete(other.id).await), Effect::Authority);
    listener.was_told_of(CacheKey::Member(other.id, other.owner.id));
}

/// These are the frequent changes: a store that invalidates for them makes every cache useless.
pub async fn changes_without_authority_invalidate_nothing(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let user = world.user().await;
    let session = world.session(user.id).await;
    listener.heard();
    let (login, refresh) = world.new_session(user.id);
    assert_eq!(committed!(world, |tx| tx.sessions().insert(&login, &refresh).await), Effect::None);
    let next = bailiwick_users::RefreshGrant { hash: world.token(), ..refresh };
    let rotated = committed!(world, |tx| tx.sessions().rotate(&refresh.hash, &next, world.after(2)).await);
    assert_eq!(rotated, Effect::None);
    let renamed = committed!(world, |tx| tx.users().update(user.id, &renamed(&name("A"), &name("B"))).await);
    assert_eq!(renamed, Effect::None);
    let (shown, page) = new_page(&world, user.id);
    assert_eq!(committed!(world, |tx| tx.sessions().insert_page(&shown, &page).await), Effect::None);
    let extended = committed!(world, |tx| tx.sessions().extend_page(shown.id, world.after(9999)).await);
    assert_eq!(extended, Effect::None);
    let confirmed = committed!(world, |tx| tx.sessions().confirm_page(shown.id, world.after(9)).await);
    assert_eq!(confirmed, Effect::None);
    let speaks = UserChanges { language: Language::parse("de").ok(), ..UserChanges::default() };
    assert_eq!(committed!(world, |tx| tx.users().update(user.id, &speaks).await), Effect::None);
    let hash = PasswordHash::from_stored("another".to_owned());
    let rehashed =
        committed!(world, |tx| tx.users().replace_password(user.id, &user.password_hash, &hash).await);
    assert_eq!(rehashed, Effect::None);
    let same = committed!(world, |tx| tx.users().update(user.id, &UserChanges::status_of(&user)).await);
    assert_eq!(same, Effect::None, "what is so already");
    let seen = bailiwick_users::Activity { user_id: user.id, session_id: session.id, at: world.after(9) };
    world.store.record_activity(&[seen]).await.unwrap();
    assert_eq!(listener.heard(), []);
}

pub async fn rolled_back_changes_are_not_reported(world: World) {
    let mut listener = Listener::of(&world.store).await;
    let org = world.org().await;
    listener.heard();
    let mut tx = world.begin().await;
    tx.orgs().set_archived(org.id, Some(world.now)).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = world.begin().await;
    tx.orgs().set_archived(org.id, Some(world.now)).await.unwrap();
    drop(tx);
    // Everything that it could cause comes before this.
    committed!(world, |tx| tx.orgs().set_archived(org.id, Some(world.now)).await);
    let about_it = |change: &&Arc<Invalidation>| change.any(|key| *key == CacheKey::Org(org.id));
    assert_eq!(listener.heard().iter().filter(about_it).count(), 1);
}

/// Two nodes check a member all the time, while the member is suspended and restored.
pub async fn no_memory_is_older_than_an_answered_commit(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let actor = Actor { user: user.id, session: world.session(user.id).await.id };
    let done = Arc::new(AtomicBool::new(false));
    let (mut nodes, mut askers) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let listener = Listener::of(&world.store).await;
        let clock = Arc::new(ManualClock::at(world.now));
        let node = Arc::new(Authority::new(world.store.clone(), clock, listener.cache.clone()));
        let (asked, done) = (node.clone(), done.clone());
        askers.push(tokio::spawn(async move {
            while !done.load(Ordering::SeqCst) {
                let _ = asked.member(&actor, org.id).await;
                tokio::task::yield_now().await;
            }
        }));
        nodes.push((node, listener));
    }
    for round in 0..world.rounds {
        set_active(&world, &org, &user, round % 2 == 1).await;
        for (node, _) in &nodes {
            let verdict = node.member(&actor, org.id).await;
            assert_eq!(verdict.is_ok(), round % 2 == 1, "round {round}: {verdict:?}");
        }
    }
    done.store(true, Ordering::SeqCst);
    for asker in askers {
        asker.await.unwrap();
    }
    for (node, listener) in &nodes {
        // The first check may load from the store; the second one must hit the cache.
        let (_, again) = (node.member(&actor, org.id).await, node.member(&actor, org.id).await);
        assert_eq!(again.is_ok(), world.rounds.is_multiple_of(2));
        assert!(listener.cache.metrics().hits.get() > 0, "no check was answered from the cache");
    }
}

pub async fn set_active(world: &World, org: &Org, user: &User, active: bool) {
    let mut membership = world.membership(org.id, user.id).await.unwrap();
    membership.status = if active { MembershipStatus::Active } else { MembershipStatus::Suspended };
    let stored: Result<(), StoreError> = async {
        let mut tx = world.store.begin().await?;
        tx.orgs().update_membership(&membership).await.expect("a membership");
        tx.commit().await.map(drop)
    }
    .await;
    stored.unwrap();
}
