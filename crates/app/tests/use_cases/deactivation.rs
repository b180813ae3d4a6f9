//! Deactivating and activating accounts, and the effect on their organizations.

use bailiwick_app::accounts::{ActivateUser, DeactivateMe, DeactivateUser, VerifyEmail};
use bailiwick_app::authority::Public;
use bailiwick_app::authority::permission::{InvitationsWrite, UsersWrite};
use bailiwick_app::invitations::{AcceptInvitation, Invite, PreviewInvitation};
use bailiwick_app::organizations::{ChangeMemberStatus, MemberStatusChange, TransferOwnership};
use bailiwick_app::{Actor, Denial, Error, Settings, Store};
use bailiwick_invites::InviteError;
use bailiwick_kernel::{ClaimedToken, UserId};
use bailiwick_orgs::OrgError;
use bailiwick_users::{UserChanges, UserError, UserStatus};

use crate::world::{Person, World, email};

async fn deactivate(world: &World, actor: Actor) -> Result<(), Error> {
    let proof = world.authenticated(actor).await?;
    world.app.run(&proof, &DeactivateMe).await.map(|_| ())
}

async fn activate(world: &World, root: Actor, user: UserId) {
    let proof = world.app.authority().platform_admin(&root).await.unwrap();
    world.app.run(&proof, &ActivateUser { user }).await.unwrap();
}

/// Adds a second owner.
async fn second_owner(world: &World, ada: Person, who: &str) -> Person {
    let owner = world.role_named(ada, "owner").await;
    world.bring_in(ada, who, owner).await
}

fn last_owner<T>(answer: Result<T, Error>) {
    assert_eq!(answer.map(|_| "done"), Err(OrgError::LastOwner.into()));
}

#[tokio::test]
async fn the_only_owner_does_not_leave_others_behind() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    last_owner(deactivate(&world, ada.actor).await);
    let allow = world.allow::<UsersWrite>(ada).await.unwrap();
    let suspend = ChangeMemberStatus { user: bob.actor.user, change: MemberStatusChange::Suspend };
    world.app.run(&allow, &suspend).await.unwrap();
    last_owner(deactivate(&world, ada.actor).await);
    assert_eq!(world.stored("ada").await.unwrap().status, UserStatus::Active);
    assert!(world.authenticated(ada.actor).await.is_ok(), "nothing has ended");

    deactivate(&world, bob.actor).await.unwrap();
    deactivate(&world, ada.actor).await.unwrap();
    assert!(!world.exists(ada.org).await, "nobody else was in it");
}

#[tokio::test]
async fn who_is_switched_off_is_told_so_and_ends_all_sessions() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let other = world.log_in("ada").await;
    deactivate(&world, ada.actor).await.unwrap();
    for actor in [ada.actor, other] {
        let answer = world.authenticated(actor).await.map(|_| ());
        assert_eq!(answer, Err(Denial::Deactivated.into()));
    }
    let root = world.root().await;
    activate(&world, root, ada.actor.user).await;
    let answer = world.authenticated(ada.actor).await.map(|_| ());
    assert!(matches!(answer, Err(Error::Denied(Denial::Token(_)))), "{answer:?}");
    assert!(world.exists(ada.org).await);
    assert!(world.member(Person { actor: world.log_in("ada").await, ..ada }).await.is_ok());
}

#[tokio::test]
async fn of_two_owners_with_a_member_one_stays_and_of_two_alone_none() {
    for with_member in [true, false] {
        let world = World::new();
        let ada = world.owner("ada").await;
        let bob = second_owner(&world, ada, "bob").await;
        if with_member {
            let guest = world.role_named(ada, "guest").await;
            world.bring_in(ada, "carl", guest).await;
        }
        let (one, other) = tokio::join!(deactivate(&world, ada.actor), deactivate(&world, bob.actor));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), if with_member { 1 } else { 2 });
        assert_eq!(world.exists(ada.org).await, with_member);
        if with_member {
            last_owner(one.and(other));
        }
    }
}

#[tokio::test]
async fn an_archived_organization_comes_back_with_an_owner_only() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    deactivate(&world, bob.actor).await.unwrap();
    deactivate(&world, ada.actor).await.unwrap();
    let root = world.root().await;

    activate(&world, root, bob.actor.user).await;
    assert!(!world.exists(ada.org).await);
    let bob = Person { actor: world.log_in("bob").await, ..bob };
    assert_eq!(world.member(bob).await.map(|_| ()), Err(Denial::NotMember.into()));
    activate(&world, root, ada.actor.user).await;
    assert!(world.exists(ada.org).await);
    assert!(world.member(bob).await.is_ok());
    activate(&world, root, ada.actor.user).await;
}

#[tokio::test]
async fn an_owner_by_transfer_may_go_and_the_heir_may_not() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    let owner = world.app.authority().owner(&ada.actor, ada.org).await.unwrap();
    world.app.run(&owner, &TransferOwnership { user: bob.actor.user }).await.unwrap();
    last_owner(deactivate(&world, bob.actor).await);
    deactivate(&world, ada.actor).await.unwrap();
    assert!(world.exists(ada.org).await);
}

#[tokio::test]
async fn who_is_only_invited_keeps_nobody_and_does_not_get_in() {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    let guest = world.role_named(ada, "guest").await;
    let allow = world.allow::<InvitationsWrite>(ada).await.unwrap();
    world.app.run(&allow, &Invite { email: email("bob"), role: guest, message: None }).await.unwrap();
    let token = ClaimedToken::new(world.secret_for("bob").await);
    deactivate(&world, ada.actor).await.unwrap();
    assert!(!world.exists(ada.org).await);

    let gone = Err(InviteError::NotFound.into());
    let preview = PreviewInvitation { token: token.clone() };
    assert_eq!(world.app.query(&Public, &preview).await.map(|_| ()), gone);
    let proof = world.authenticated(bob.actor).await.unwrap();
    let accept = AcceptInvitation { token };
    assert_eq!(world.app.run(&proof, &accept).await.map(|_| ()), gone);
    let root = world.root().await;
    activate(&world, root, ada.actor.user).await;
    assert!(world.app.run(&proof, &accept).await.is_ok(), "it is as it was");
}

/// A pending account is deactivated for good: its link no longer activates it.
#[tokio::test]
async fn a_pending_account_is_switched_off_with_its_link() {
    let world = World::with(Settings { require_verified_email: true, ..Settings::default() });
    let root = world.root().await;
    world.sign_up("eve").await.unwrap();
    let token = ClaimedToken::new(world.secret_for("eve").await);
    let eve = world.stored("eve").await.unwrap();
    let proof = world.app.authority().platform_admin(&root).await.unwrap();
    for _ in 0..2 {
        world.app.run(&proof, &DeactivateUser { user: eve.id }).await.unwrap();
        assert_eq!(world.stored("eve").await.unwrap().status, UserStatus::Inactive);
    }
    let verified = world.app.run(&Public, &VerifyEmail { token }).await.map(|_| ());
    assert_eq!(verified, Err(UserError::BadVerificationToken.into()));
}

#[tokio::test]
async fn of_two_administrators_who_switch_each_other_off_one_stays() {
    let world = World::new();
    let (root, bob) = (world.root().await, world.owner("bob").await);
    let mut tx = world.store.begin().await.unwrap();
    tx.users().update(bob.actor.user, &UserChanges::to_platform_admin()).await.unwrap();
    tx.commit().await.unwrap();
    let off = async |by: Actor, user: UserId| {
        let proof = world.app.authority().platform_admin(&by).await?;
        world.app.run(&proof, &DeactivateUser { user }).await
    };
    let own = off(root, root.user).await;
    assert_eq!(own, Err(UserError::OwnAccount.into()));
    let (one, other) = tokio::join!(off(root, bob.actor.user), off(bob.actor, root.user));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
}
