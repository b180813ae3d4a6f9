//! Which callers may grant which roles and permissions, on every path.

use bailiwick_app::Error;
use bailiwick_app::authority::permission::{InvitationsWrite, RolesWrite, UsersDelete, UsersWrite};
use bailiwick_app::invitations::Invite;
use bailiwick_app::organizations::RemoveMember;
use bailiwick_app::roles::{AssignRole, ChangeRole, CreateRole};
use bailiwick_kernel::RoleId;
use bailiwick_rbac::Pattern;
use bailiwick_roles::{Level, RoleError};

use crate::world::{Person, World, draft, email};

const MANAGER: &[&str] = &["roles:*", "users:*", "invitations:*", "kb:r*"];

async fn create(world: &World, by: Person, name: &str, level: i64, grants: &[&str]) -> Result<RoleId, Error> {
    let allow = world.allow::<RolesWrite>(by).await?;
    let role = world.app.run(&allow, &CreateRole { draft: draft(name, level, grants) }).await?;
    Ok(role.id)
}

/// Adds an owner, and a manager at level 50 below.
async fn owner_and_manager(world: &World) -> (Person, Person, RoleId) {
    let ada = world.owner("ada").await;
    let role = create(world, ada, "manager", 50, MANAGER).await.unwrap();
    (ada, world.bring_in(ada, "bob", role).await, role)
}

#[tokio::test]
async fn a_new_role_stays_below_and_within() {
    let world = World::new();
    let (_, bob, _) = owner_and_manager(&world).await;
    for beyond in ["*", "*:*", "kb:*", "*:read", "kb:w*", "org:read"] {
        let refused = create(&world, bob, "x", 40, &[beyond]).await;
        assert_eq!(refused, Err(RoleError::BeyondOwnGrants.into()), "{beyond}");
    }
    assert_eq!(create(&world, bob, "x", 50, &[]).await, Err(RoleError::NotBelow.into()));
    assert!(create(&world, bob, "x", 49, &["kb:read", "roles:*"]).await.is_ok());
}

#[tokio::test]
async fn an_edit_stays_below_and_within() {
    let world = World::new();
    let (ada, bob, own) = owner_and_manager(&world).await;
    let low = create(&world, ada, "low", 10 + 1, &["billing:*"]).await.unwrap();
    let edit = async |id: RoleId, level: Option<i64>, grants: Option<&[&str]>| {
        let command = ChangeRole {
            id,
            name: None,
            description: None,
            level: level.map(|number| Level::custom(number).unwrap()),
            permissions: grants.map(|all| all.iter().map(|text| Pattern::parse(text).unwrap()).collect()),
        };
        let allow = world.allow::<RolesWrite>(bob).await?;
        world.app.run(&allow, &command).await.map(|role| role.permissions.len())
    };
    assert_eq!(edit(own, None, Some(&["*"])).await, Err(RoleError::NotBelow.into()));
    assert_eq!(edit(low, None, Some(&["*"])).await, Err(RoleError::BeyondOwnGrants.into()));
    assert_eq!(edit(low, Some(50), None).await, Err(RoleError::NotBelow.into()));
    assert_eq!(edit(low, Some(12), Some(&["billing:*", "kb:read"])).await, Ok(2), "what it has may stay");
    let owner = world.role_named(ada, "owner").await;
    assert_eq!(edit(owner, None, Some(&[])).await, Err(RoleError::NotBelow.into()));
    let guest = world.role_named(ada, "guest").await;
    assert_eq!(edit(guest, None, Some(&[])).await, Err(RoleError::System.into()));
}

#[tokio::test]
async fn assigning_and_inviting_hand_out_only_what_one_holds() {
    let world = World::new();
    let (ada, bob, _) = owner_and_manager(&world).await;
    let guest = world.role_named(ada, "guest").await;
    let reader = create(&world, ada, "reader", 5, &["kb:read"]).await.unwrap();
    let powerful = create(&world, ada, "powerful", 6, &["billing:*"]).await.unwrap();
    let zoe = world.bring_in(ada, "zoe", guest).await;
    let assign = async |role: RoleId| {
        let allow = world.allow::<UsersWrite>(bob).await?;
        world.app.run(&allow, &AssignRole { user: zoe.actor.user, role }).await.map(|_| ())
    };
    let invite = async |role: RoleId| {
        let allow = world.allow::<InvitationsWrite>(bob).await?;
        world.app.run(&allow, &Invite { email: email("new"), role, message: None }).await.map(|_| ())
    };
    for (name, refusal) in [
        ("owner", RoleError::NotBelow),
        ("admin", RoleError::NotBelow),
        ("guest", RoleError::BeyondOwnGrants),
    ] {
        let role = world.role_named(ada, name).await;
        assert_eq!(assign(role).await, Err(refusal.clone().into()), "{name}");
        assert_eq!(invite(role).await, Err(refusal.into()), "{name}");
    }
    assert_eq!(assign(powerful).await, Err(RoleError::BeyondOwnGrants.into()));
    assert_eq!((assign(reader).await, invite(reader).await), (Ok(()), Ok(())));
}

#[tokio::test]
async fn a_role_of_another_organization_is_unknown() {
    let world = World::new();
    let (ada, eve) = (world.owner("ada").await, world.owner("eve").await);
    let foreign = create(&world, eve, "foreign", 5, &["kb:read"]).await.unwrap();
    let allow = world.allow::<InvitationsWrite>(ada).await.unwrap();
    let refused = world.app.run(&allow, &Invite { email: email("new"), role: foreign, message: None }).await;
    assert_eq!(refused.map(|_| ()), Err(RoleError::NotFound.into()));
}

#[tokio::test]
async fn nobody_removes_peers_or_superiors() {
    let world = World::new();
    let (ada, bob, own) = owner_and_manager(&world).await;
    let zoe = world.bring_in(ada, "zoe", own).await;
    for target in [ada, bob, zoe] {
        let allow = world.allow::<UsersDelete>(bob).await.unwrap();
        let refused = world.app.run(&allow, &RemoveMember { user: target.actor.user }).await;
        assert_eq!(refused, Err(RoleError::NotBelow.into()));
    }
}
