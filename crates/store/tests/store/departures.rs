//! Members leave in every way at once while others act in the same organizations: no deadlock occurs,
//! and every organization that is not archived has an owner.

use std::sync::Arc;

use bailiwick_app::accounts::{ActivateUser, DeactivateMe, DeleteUser};
use bailiwick_app::authority::permission::{UsersDelete, UsersWrite};
use bailiwick_app::changes::Vetoes;
use bailiwick_app::invitations::AcceptInvitation;
use bailiwick_app::organizations::{
    ChangeMemberStatus, Leave, MemberStatusChange, RemoveMember, TransferOwnership,
};
use bailiwick_app::{
    AccessClaims, AccessTokens, Actor, App, Command, Error, Parts, PublicKey, Settings, TokenFault,
};
use bailiwick_invites::{Invitation, NewInvitation};
use bailiwick_kernel::{ClaimedToken, Lock, OrgId, PlainToken, ServerKey, Timestamp, TokenKind};
use bailiwick_orgs::Membership;
use bailiwick_roles::SystemRole;
use bailiwick_store::{Options, open};
use bailiwick_testkit::app::sql;
use bailiwick_testkit::{
    CapturedMail, FreeThrottle, ManualClock, ManualStopwatch, OpenBus, QuickHasher, SeededIds,
};
use bailiwick_users::UserChanges;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, at, found, new_session, new_user};

const WITHOUT_OWNER: &str = "\
    SELECT slug FROM organizations o WHERE archived_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM memberships m JOIN roles r ON r.id = m.role_id JOIN users u ON u.id = m.user_id
        WHERE m.org_id = o.id AND m.status = 'active' AND u.status = 'active' AND r.system = 'owner')";
const ARCHIVED_WITH_OWNER: &str = "\
    SELECT slug FROM organizations o WHERE archived_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM memberships m JOIN roles r ON r.id = m.role_id JOIN users u ON u.id = m.user_id
        WHERE m.org_id = o.id AND m.status = 'active' AND u.status = 'active' AND r.system = 'owner')";

/// A token service that is never called, because there are no requests.
struct NoTokens;

impl AccessTokens for NoTokens {
    fn sign(&self, _: &AccessClaims) -> String {
        String::new()
    }

    fn verify(&self, _: &str, _: Timestamp) -> Result<AccessClaims, TokenFault> {
        Err(TokenFault::PartCount(0))
    }

    fn public_keys(&self) -> Vec<PublicKey> {
        Vec::new()
    }
}

struct Scene {
    f: Fixture,
    app: App,
    /// Two platform administrators, because no administrator can deactivate their own account.
    roots: [Actor; 2],
}

/// Two organizations and people who are in both, in one or only invited.
struct Cast {
    orgs: [OrgId; 2],
    /// Owner of the first organization, member of the second.
    ada: Actor,
    /// Owner of both.
    bob: Actor,
    /// Owner of the second, member of the first.
    eve: Actor,
    /// Admin of both.
    joe: Actor,
    /// Member of both.
    kim: Actor,
    /// Invited to the first by Ada.
    lee: Actor,
    token: ClaimedToken,
}

/// The use cases on this database. On PostgreSQL a deadlock is not detected before the statement times
/// out, and the tests accept no timeout.
pub async fn app_on(f: &Fixture) -> App {
    if f.is_postgres() {
        let name = f.url.rsplit('/').next().unwrap();
        f.operator(&format!("ALTER DATABASE {name} SET deadlock_timeout = '1min'")).await;
    }
    App::new(Parts {
        store: open(&f.url, &Options::default()).await.unwrap().store(),
        hasher: Arc::new(QuickHasher),
        tokens: Arc::new(NoTokens),
        mailer: Arc::new(CapturedMail::new()),
        clock: Arc::new(ManualClock::at(at(1))),
        stopwatch: Arc::new(ManualStopwatch::default()),
        ids: Arc::new(SeededIds::new(7)),
        server_key: ServerKey::new(&[7; 32]),
        throttle: Arc::new(FreeThrottle),
        bus: Arc::new(OpenBus::default()),
        vetoes: Vetoes::default(),
        settings: Settings::default(),
    })
}

impl Scene {
    async fn on(f: Fixture) -> Self {
        let app = app_on(&f).await;
        let roots = [Self::person(&f, "root").await, Self::person(&f, "toor").await];
        let mut tx = f.store.begin().await.unwrap();
        for root in roots {
            tx.users().update(root.user, &UserChanges::to_platform_admin()).await.unwrap();
        }
        tx.commit().await.unwrap();
        Self { f, app, roots }
    }

    async fn person(f: &Fixture, name: &str) -> Actor {
        let user = new_user(&f.ids, name);
        let (session, refresh) = new_session(&f.ids, user.id);
        let mut tx = f.store.begin().await.unwrap();
        tx.users().insert(&user).await.unwrap();
        tx.sessions().insert(&session, &refresh).await.unwrap();
        tx.commit().await.unwrap();
        Actor { user: user.id, session: session.id }
    }

    async fn cast(&self, round: u32) -> Cast {
        use SystemRole::{Admin, Guest, Member, Owner};
        let person = async |name: &str| Self::person(&self.f, &format!("{name}{round}")).await;
        let [ada, bob, eve] = [person("ada").await, person("bob").await, person("eve").await];
        let [joe, kim, lee] = [person("joe").await, person("kim").await, person("lee").await];
        let mut tx = self.f.store.begin().await.unwrap();
        let (one, two) = (
            tx.users().find(ada.user, Lock::None).await.unwrap(),
            tx.users().find(eve.user, Lock::None).await.unwrap(),
        );
        let first = found(tx.as_mut(), &self.f.ids, &format!("first{round}"), &one.unwrap()).await;
        let second = found(tx.as_mut(), &self.f.ids, &format!("second{round}"), &two.unwrap()).await;
        let both = [(bob, Owner, Owner), (joe, Admin, Admin), (kim, Member, Member)];
        let mut members: Vec<_> = both
            .into_iter()
            .flat_map(|(who, here, there)| [(&first, who, here), (&second, who, there)])
            .collect();
        members.extend([(&second, ada, Member), (&first, eve, Member)]);
        for (org, who, role) in members {
            let membership = Membership::active(org.org, who.user, org.role(role), at(0));
            tx.orgs().insert_membership(&membership).await.unwrap();
        }
        let token = PlainToken::generate(TokenKind::Invitation, &SeededIds::new(u64::from(round)));
        let new = NewInvitation {
            org_id: first.org,
            email: tx.users().find(lee.user, Lock::None).await.unwrap().unwrap().email,
            role_id: first.role(Guest),
            inviter_id: ada.user,
            message: None,
            expires_at: at(3600),
        };
        tx.invites().insert(&Invitation::new(new, &self.f.ids, at(0)), &token.hash()).await.unwrap();
        tx.commit().await.unwrap();
        let token = ClaimedToken::new(token.reveal().to_owned());
        Cast { orgs: [first.org, second.org], ada, bob, eve, joe, kim, lee, token }
    }

    /// Lets everybody act at the same moment, on proofs from before.
    async fn play(&self, cast: &Cast) -> Vec<Result<(), Error>> {
        let mut race = self.race(14);
        let authority = self.app.authority();
        let Cast { orgs: [first, second], ada, bob, eve, joe, kim, lee, token } = cast;
        for actor in [ada, bob, eve, kim] {
            race.start(authority.authenticated(actor).await.unwrap(), DeactivateMe);
        }
        let suspend = ChangeMemberStatus { user: kim.user, change: MemberStatusChange::Suspend };
        race.start(authority.check_uncached::<UsersWrite>(joe, *first).await.unwrap(), suspend);
        let remove = RemoveMember { user: kim.user };
        race.start(authority.check_uncached::<UsersDelete>(joe, *second).await.unwrap(), remove);
        race.start(authority.member(bob, *first).await.unwrap(), Leave);
        race.start(authority.member(eve, *second).await.unwrap(), Leave);
        let transfer = TransferOwnership { user: joe.user };
        race.start(authority.owner(ada, *first).await.unwrap(), transfer);
        race.start(authority.authenticated(lee).await.unwrap(), AcceptInvitation { token: token.clone() });
        for (root, user) in self.roots.iter().zip([ada.user, bob.user]) {
            race.start(authority.platform_admin(root).await.unwrap(), ActivateUser { user });
        }
        let root = authority.authenticated(&self.roots[0]).await.unwrap();
        race.start(root, DeleteUser { user: eve.user });
        race.start(authority.authenticated(joe).await.unwrap(), DeleteUser { user: kim.user });
        race.tasks.join_all().await
    }

    fn race(&self, participants: usize) -> Race {
        let barrier = Arc::new(Barrier::new(participants));
        Race { app: self.app.clone(), barrier, tasks: JoinSet::new() }
    }
}

struct Race {
    app: App,
    barrier: Arc<Barrier>,
    tasks: JoinSet<Result<(), Error>>,
}

impl Race {
    fn start<C: Command + 'static>(&mut self, proof: C::Proof, command: C)
    where
        C::Proof: 'static,
    {
        let (app, barrier) = (self.app.clone(), self.barrier.clone());
        self.tasks.spawn(async move {
            barrier.wait().await;
            app.run(&proof, &command).await.map(|_| ())
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_exists_has_an_owner_and_everybody_is_answered() {
    for f in Fixture::all().await {
        let rounds = if f.is_postgres() { 200 } else { 40 };
        let scene = Scene::on(f).await;
        let mut done = 0;
        for round in 0..rounds {
            let cast = scene.cast(round).await;
            for answer in scene.play(&cast).await {
                assert!(!matches!(answer, Err(Error::Store(_))), "round {round}: {answer:?}");
                done += usize::from(answer.is_ok());
            }
            for query in [WITHOUT_OWNER, ARCHIVED_WITH_OWNER] {
                assert_eq!(sql::rows(&scene.f.url, query).await, Vec::<String>::new(), "round {round}");
            }
        }
        assert!(done > rounds as usize * 4, "only {done} of all were done");
    }
}

/// Two members activated at once restore their organization together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_are_switched_on_at_once() {
    for f in Fixture::all().await {
        let rounds = if f.is_postgres() { 50 } else { 20 };
        let scene = Scene::on(f).await;
        for round in 0..rounds {
            let Cast { orgs: [first, _], ada, bob, eve, joe, kim, .. } = scene.cast(round).await;
            for actor in [kim, joe, eve, ada, bob] {
                let proof = scene.app.authority().authenticated(&actor).await.unwrap();
                scene.app.run(&proof, &DeactivateMe).await.unwrap();
            }
            let mut race = scene.race(2);
            for (root, user) in scene.roots.iter().zip([ada.user, bob.user]) {
                let root = scene.app.authority().platform_admin(root).await.unwrap();
                race.start(root, ActivateUser { user });
            }
            assert_eq!(race.tasks.join_all().await, [Ok(()), Ok(())], "round {round}");
            let mut tx = scene.f.store.begin().await.unwrap();
            let owners = tx.orgs().lock_owners(first).await.unwrap();
            assert!(owners.contains(ada.user) && owners.contains(bob.user));
            tx.rollback().await.unwrap();
        }
    }
}

/// One owner is activated while the last active one leaves. The organization is either archived and
/// then restored, or never archived.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_is_switched_on_while_the_last_one_leaves() {
    for f in Fixture::all().await {
        let rounds = if f.is_postgres() { 50 } else { 20 };
        let scene = Scene::on(f).await;
        for round in 0..rounds {
            let Cast { orgs: [_, second], ada, bob, eve, joe, kim, .. } = scene.cast(round).await;
            let member = scene.app.authority().member(&ada, second).await.unwrap();
            scene.app.run(&member, &Leave).await.unwrap();
            for actor in [kim, joe, eve, bob] {
                let proof = scene.app.authority().authenticated(&actor).await.unwrap();
                scene.app.run(&proof, &DeactivateMe).await.unwrap();
            }
            let mut race = scene.race(2);
            race.start(scene.app.authority().authenticated(&ada).await.unwrap(), DeactivateMe);
            let root = scene.app.authority().platform_admin(&scene.roots[0]).await.unwrap();
            race.start(root, ActivateUser { user: bob.user });
            assert_eq!(race.tasks.join_all().await, [Ok(()), Ok(())], "round {round}");
            for query in [WITHOUT_OWNER, ARCHIVED_WITH_OWNER] {
                assert_eq!(sql::rows(&scene.f.url, query).await, Vec::<String>::new(), "round {round}");
            }
        }
    }
}
