//! A proof is checked again inside the transaction it is for.

use bailiwick_app::authority::permission::{KbRead, RolesRead, RolesWrite, UsersDelete, UsersWrite};
use bailiwick_app::organizations::{ChangeMemberStatus, MemberStatusChange, RemoveMember};
use bailiwick_app::roles::{AssignRole, CreateRole, ListRoles};
use bailiwick_app::{Denial, Error};

use crate::world::{World, draft};

#[tokio::test]
async fn a_write_does_not_commit_on_authority_that_has_gone() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let admin = world.role_named(ada, "admin").await;
    let bob = world.bring_in(ada, "bob", admin).await;
    let stale = world.allow::<RolesWrite>(bob).await.unwrap();
    let command = CreateRole { draft: draft("x", 5, &["kb:read"]) };

    let owner = world.allow::<UsersWrite>(ada).await.unwrap();
    let suspend = ChangeMemberStatus { user: bob.actor.user, change: MemberStatusChange::Suspend };
    world.app.run(&owner, &suspend).await.unwrap();
    assert_eq!(world.app.run(&stale, &command).await.map(|_| ()), Err(Denial::Suspended.into()));

    let guest = world.role_named(ada, "guest").await;
    world.app.run(&owner, &AssignRole { user: bob.actor.user, role: guest }).await.unwrap();
    let refused = world.app.run(&stale, &command).await.map(|_| ());
    assert!(matches!(refused, Err(Error::Denied(Denial::Missing(_)))), "{refused:?}");

    let remover = world.allow::<UsersDelete>(ada).await.unwrap();
    world.app.run(&remover, &RemoveMember { user: bob.actor.user }).await.unwrap();
    assert_eq!(world.app.run(&stale, &command).await.map(|_| ()), Err(Denial::Removed.into()));
    let roles = world.allow::<RolesRead>(ada).await.unwrap();
    assert_eq!(world.app.query(&roles, &ListRoles).await.unwrap().len(), 4, "nothing was stored");
}

#[tokio::test]
async fn an_embedder_asks_without_http() {
    let world = World::new();
    let (ada, eve) = (world.owner("ada").await, world.owner("eve").await);
    let allow = world.app.authority().check(&ada.actor, ada.org, KbRead).await.unwrap();
    assert_eq!((allow.context().user, allow.context().role.name.as_str()), (ada.actor.user, "owner"));
    let refused = world.app.authority().check(&eve.actor, ada.org, KbRead).await;
    assert_eq!(refused.map(|_| ()), Err(Denial::NotMember.into()));
}
