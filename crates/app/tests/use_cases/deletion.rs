//! Deleting accounts: which callers may, and what is deleted with the account.

use bailiwick_app::accounts::{DeactivateMe, DeleteUser};
use bailiwick_app::authority::permission::{InvitationsWrite, UsersDelete};
use bailiwick_app::invitations::{AcceptInvitation, Invite};
use bailiwick_app::organizations::RemoveMember;
use bailiwick_app::{Actor, Denial, Error};
use bailiwick_kernel::{ClaimedToken, UserId};
use bailiwick_orgs::OrgError;
use bailiwick_roles::RoleError;
use bailiwick_users::UserError;

use crate::world::{Person, World, email};

async fn delete(world: &World, actor: Actor, user: UserId) -> Result<(), Error> {
    let proof = world.authenticated(actor).await?;
    world.app.run(&proof, &DeleteUser { user }).await
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn refused(answer: Result<(), Error>, reason: impl Into<Error>) {
    assert_eq!(answer, Err(reason.into()));
}

async fn invite(world: &World, by: Person, who: &str, role: &str) -> ClaimedToken {
    let role = world.role_named(by, role).await;
    let allow = world.allow::<InvitationsWrite>(by).await.unwrap();
    world.app.run(&allow, &Invite { email: email(who), role, message: None }).await.unwrap();
    ClaimedToken::new(world.secret_for(who).await)
}

/// Adds an existing account to the organization.
async fn join(world: &World, by: Person, who: &str, actor: Actor, role: &str) {
    let token = invite(world, by, who, role).await;
    let proof = world.authenticated(actor).await.unwrap();
    world.app.run(&proof, &AcceptInvitation { token }).await.unwrap();
}

#[tokio::test]
async fn whoever_is_above_everywhere_deletes_and_the_rest_stays() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let [admin, guest] = [world.role_named(ada, "admin").await, world.role_named(ada, "guest").await];
    let (bob, carl) = (world.bring_in(ada, "bob", admin).await, world.bring_in(ada, "carl", guest).await);
    refused(delete(&world, bob.actor, ada.actor.user).await, RoleError::NotBelow);
    refused(delete(&world, bob.actor, bob.actor.user).await, RoleError::NotBelow);
    let by_guest = delete(&world, carl.actor, bob.actor.user).await;
    assert!(matches!(by_guest, Err(Error::Denied(Denial::Missing(_)))), "{by_guest:?}");
    delete(&world, bob.actor, carl.actor.user).await.unwrap();
    assert_eq!(world.stored("carl").await, None);
    assert!(world.member(bob).await.is_ok() && world.member(ada).await.is_ok());
}

#[tokio::test]
async fn strangers_and_who_is_only_invited_are_not_found() {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    refused(delete(&world, ada.actor, bob.actor.user).await, UserError::NotFound);
    invite(&world, ada, "bob", "guest").await;
    refused(delete(&world, ada.actor, bob.actor.user).await, UserError::NotFound);
    assert!(world.member(bob).await.is_ok());
}

#[tokio::test]
async fn above_in_one_organization_is_not_above_in_all() {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    join(&world, ada, "bob", bob.actor, "guest").await;
    refused(delete(&world, ada.actor, bob.actor.user).await, RoleError::NotBelow);

    // An invitation to another organization does not count: the caller is above in all that remain.
    let guest = world.role_named(ada, "guest").await;
    let carl = world.bring_in(ada, "carl", guest).await;
    invite(&world, bob, "carl", "guest").await;
    delete(&world, ada.actor, carl.actor.user).await.unwrap();
}

#[tokio::test]
async fn a_former_membership_gives_no_right() {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    join(&world, ada, "bob", bob.actor, "guest").await;
    let allow = world.allow::<UsersDelete>(ada).await.unwrap();
    world.app.run(&allow, &RemoveMember { user: bob.actor.user }).await.unwrap();
    refused(delete(&world, ada.actor, bob.actor.user).await, UserError::NotFound);
}

#[tokio::test]
async fn administrators_of_the_platform_are_deleted_by_their_like_alone() {
    let world = World::new();
    let (ada, root) = (world.owner("ada").await, world.root().await);
    join(&world, ada, "root", root, "guest").await;
    refused(delete(&world, ada.actor, root.user).await, RoleError::NotBelow);
    delete(&world, root, root.user).await.unwrap();
    assert_eq!(world.stored("root").await, None);
}

#[tokio::test]
async fn an_organization_goes_with_its_last_person_and_not_with_its_last_owner() {
    let world = World::new();
    let (ada, root) = (world.owner("ada").await, world.root().await);
    let guest = world.role_named(ada, "guest").await;
    let bob = world.bring_in(ada, "bob", guest).await;
    refused(delete(&world, root, ada.actor.user).await, OrgError::LastOwner);
    assert!(world.member(ada).await.is_ok());
    delete(&world, root, bob.actor.user).await.unwrap();
    delete(&world, root, ada.actor.user).await.unwrap();
    assert!(!world.exists(ada.org).await);
    refused(delete(&world, root, ada.actor.user).await, UserError::NotFound);
}

#[tokio::test]
async fn an_archived_organization_goes_with_its_last_person() {
    let world = World::new();
    let (ada, root) = (world.owner("ada").await, world.root().await);
    let proof = world.authenticated(ada.actor).await.unwrap();
    world.app.run(&proof, &DeactivateMe).await.unwrap();
    delete(&world, root, ada.actor.user).await.unwrap();
    let mut tx = bailiwick_app::Store::begin(&world.store).await.unwrap();
    assert_eq!(tx.orgs().set_archived(ada.org, None).await, Err(OrgError::NotFound));
}

#[tokio::test]
async fn of_two_owners_who_delete_each_other_one_stays() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let owner = world.role_named(ada, "owner").await;
    let bob = world.bring_in(ada, "bob", owner).await;
    let (one, other) =
        tokio::join!(delete(&world, ada.actor, bob.actor.user), delete(&world, bob.actor, ada.actor.user));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won, Ok(()));
    assert!(matches!(lost, Err(Error::Denied(Denial::Token(_)))), "{lost:?}");
    assert!(world.exists(ada.org).await);
    assert!(world.stored("ada").await.is_some() != world.stored("bob").await.is_some());
}
