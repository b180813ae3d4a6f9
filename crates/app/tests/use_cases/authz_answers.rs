//! A question about authority gets the answer that the operation itself would get.

use bailiwick_app::authority::permission::RolesRead;
use bailiwick_app::authz::{Change, Check, Explain, Explanation, WhoCan};
use bailiwick_app::{Error, PageText, Store};
use bailiwick_kernel::{Clock, IdSource, Lock, RoleId, Timestamp};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_rbac::{Pattern, Permission};
use bailiwick_roles::Role;
use bailiwick_testkit::SeededIds;
use bailiwick_users::{UserChanges, UserStatus};
use proptest::prelude::*;

use crate::world::{Person, World, draft};

/// The state of an account and the permissions that are asked about.
#[derive(Clone, Debug)]
struct Case {
    grants: Vec<String>,
    other_grants: Vec<String>,
    account: UserStatus,
    membership: Option<(MembershipStatus, bool)>,
    questions: Vec<String>,
    /// The index of the query that is used.
    way: usize,
}

fn some_case() -> impl Strategy<Value = Case> {
    let grant = "(a|b|\\*|a\\*|kb):(r|w|\\*|r\\*)";
    let account = prop::sample::select(vec![UserStatus::Active, UserStatus::Inactive, UserStatus::Pending]);
    let status = prop::sample::select(vec![
        MembershipStatus::Active,
        MembershipStatus::Active,
        MembershipStatus::Suspended,
        MembershipStatus::Invited,
        MembershipStatus::Removed,
    ]);
    let membership = prop::option::weighted(0.9, (status, any::<bool>()));
    let questions = prop::collection::vec("(a|ab|b|kb|c):(r|w|rw)", 1..8);
    let grants = || prop::collection::vec(grant, 0..4);
    (grants(), grants(), account, membership, questions, 0..2_usize).prop_map(
        |(grants, other_grants, account, membership, questions, way)| Case {
            grants,
            other_grants,
            account,
            membership,
            questions,
            way,
        },
    )
}

struct Scene {
    world: World,
    ada: Person,
    bob: Person,
}

fn role(ada: Person, name: &str, level: i64, grants: &[String], ids: &dyn IdSource, now: Timestamp) -> Role {
    let grants: Vec<_> = grants.iter().map(String::as_str).collect();
    Role::custom(ada.org, draft(name, level, &grants), ids, now)
}

async fn scene(case: &Case) -> Scene {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    let (now, ids) = (world.clock.now(), SeededIds::new(77));
    let held = role(ada, "held", 30, &case.grants, &ids, now);
    let other = role(ada, "other", 40, &case.other_grants, &ids, now);
    let mut tx = world.store.begin().await.unwrap();
    tx.roles().insert(&held).await.unwrap();
    tx.roles().insert(&other).await.unwrap();
    if let Some((status, late)) = case.membership {
        let until = if late { now } else { now + time::Duration::HOUR };
        let mut membership = Membership::active(ada.org, bob.actor.user, held.id, now);
        membership.status = status;
        membership.invited_until = (status == MembershipStatus::Invited).then_some(until);
        tx.orgs().insert_membership(&membership).await.unwrap();
    }
    let mut account = tx.users().find(bob.actor.user, Lock::None).await.unwrap().unwrap();
    account.status = case.account;
    tx.users().update(account.id, &UserChanges::status_of(&account)).await.unwrap();
    tx.commit().await.unwrap();
    Scene { world, ada, bob: Person { org: ada.org, ..bob } }
}

impl Scene {
    /// The decision for a request of bob himself.
    async fn truth(&self, permission: &Permission) -> bool {
        let member = self.world.member(self.bob).await;
        member.is_ok_and(|member| member.context().require(permission).is_ok())
    }

    async fn check(&self, by: Person, permissions: &[Permission]) -> Result<Vec<bool>, Error> {
        let proof = self.world.member(by).await?;
        let query = Check { user: Some(self.bob.actor.user), permissions: permissions.to_vec() };
        let answers = self.world.app.query(&proof, &query).await?;
        assert_eq!(
            answers.iter().map(|answer| &answer.permission).collect::<Vec<_>>(),
            permissions.iter().collect::<Vec<_>>()
        );
        Ok(answers.into_iter().map(|answer| answer.allowed).collect())
    }

    async fn explain(&self, permission: &Permission) -> Explanation {
        let proof = self.world.member(self.ada).await.unwrap();
        let query = Explain { user: Some(self.bob.actor.user), permission: permission.clone() };
        self.world.app.query(&proof, &query).await.unwrap()
    }

    async fn is_listed(&self, permission: &Permission) -> bool {
        let allow = self.world.allow::<RolesRead>(self.ada).await.unwrap();
        let query = WhoCan { permission: permission.clone(), page: PageText::default() };
        let listed = self.world.app.query(&allow, &query).await.unwrap().items;
        assert!(listed.iter().all(|item| item.grant.matches(permission)));
        assert!(listed.iter().any(|item| item.user == self.ada.actor.user), "the owner always can");
        listed.iter().any(|item| item.user == self.bob.actor.user)
    }

    async fn apply(&self, change: &Change, permission: &Permission) {
        let mut tx = self.world.store.begin().await.unwrap();
        let (org, user) = (self.bob.org, self.bob.actor.user);
        let mut account = tx.users().find(user, Lock::None).await.unwrap().unwrap();
        let mut membership = tx.directory().find_member(org, user).await.unwrap().unwrap().membership;
        match change {
            Change::ActivateAccount | Change::VerifyAccount => account.status = UserStatus::Active,
            Change::RestoreMembership => membership.restore().unwrap(),
            Change::AcceptInvitation => {
                let role: RoleId = membership.role_id.unwrap();
                membership.join(role, self.world.clock.now()).unwrap();
            }
            Change::AssignRole { roles, .. } => membership.assign(roles.as_ref().unwrap()[0].id).unwrap(),
            Change::ExtendRole(role) => {
                let mut role = tx.roles().find(org, role.id).await.unwrap().unwrap();
                role.permissions.push(Pattern::from(permission.clone()));
                tx.roles().update(&role).await.unwrap();
            }
        }
        tx.users().update(account.id, &UserChanges::status_of(&account)).await.unwrap();
        tx.orgs().update_membership(&membership).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn counts_as_none(case: &Case) -> bool {
    matches!(case.membership, None | Some((MembershipStatus::Removed, _) | (MembershipStatus::Invited, true)))
}

async fn answers_are_those_of_the_deed(case: Case) {
    let scene = scene(&case).await;
    let questions: Vec<_> = case.questions.iter().map(|text| Permission::parse(text).unwrap()).collect();
    let mut truth = Vec::new();
    for question in &questions {
        truth.push(scene.truth(question).await);
    }
    let checked = scene.check(scene.ada, &questions).await;
    if counts_as_none(&case) {
        assert_eq!(checked, Err(OrgError::NotMember.into()));
        return;
    }
    assert_eq!(checked.unwrap(), truth);
    if let Ok(own) = scene.check(scene.bob, &questions).await {
        assert_eq!(own, truth);
    }
    for (question, allowed) in questions.iter().zip(&truth) {
        assert_eq!(scene.explain(question).await.allowed, *allowed, "{question}");
        assert_eq!(scene.is_listed(question).await, *allowed, "{question}");
    }
}

async fn the_steps_lead_to_being_allowed(case: Case) {
    if counts_as_none(&case) {
        return;
    }
    let scene = scene(&case).await;
    let question = Permission::parse(&case.questions[0]).unwrap();
    let explanation = scene.explain(&question).await;
    assert_eq!(explanation.steps.is_empty(), explanation.allowed);
    for (taken, step) in explanation.steps.iter().enumerate() {
        assert!(!scene.truth(&question).await, "{taken} of {:?} are enough", explanation.steps);
        scene.apply(&step.any_of[case.way % step.any_of.len()], &question).await;
    }
    assert!(scene.truth(&question).await, "{:?} are not enough", explanation.steps);
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn what_is_answered_is_what_is_decided(case in some_case()) {
        block_on(answers_are_those_of_the_deed(case));
    }

    #[test]
    fn all_steps_are_needed_and_lead_to_being_allowed(case in some_case()) {
        block_on(the_steps_lead_to_being_allowed(case));
    }
}
