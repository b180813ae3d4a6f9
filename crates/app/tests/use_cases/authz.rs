//! Which callers may ask which questions, and what refusals name.

use bailiwick_app::authority::permission::{RolesWrite, UsersRead};
use bailiwick_app::authority::{Missing, RoleNames};
use bailiwick_app::authz::{Change, Check, Explain};
use bailiwick_app::organizations::ReadMember;
use bailiwick_app::roles::CreateRole;
use bailiwick_app::{Denial, Error};
use bailiwick_kernel::RoleId;
use bailiwick_rbac::Permission;

use crate::world::{Person, World, draft};

fn permission(text: &str) -> Permission {
    Permission::parse(text).unwrap()
}

async fn role(world: &World, by: Person, name: &str, level: i64, grants: &[&str]) -> RoleId {
    let allow = world.allow::<RolesWrite>(by).await.unwrap();
    world.app.run(&allow, &CreateRole { draft: draft(name, level, grants) }).await.unwrap().id
}

fn missing<T>(refused: Result<T, Error>) -> Missing {
    match refused.map(|_| ()) {
        Err(Error::Denied(Denial::Missing(missing))) => *missing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_names_roles_to_who_may_see_them() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let seeing = role(&world, ada, "seeing", 30, &["roles:read", "users:list", "*:list"]).await;
    let blind = role(&world, ada, "blind", 31, &["users:l*"]).await;
    for (name, level) in [("high", 70), ("low", 5), ("middle", 60)] {
        role(&world, ada, name, level, &["roles:w*"]).await;
    }
    let (bob, eve) = (world.bring_in(ada, "bob", seeing).await, world.bring_in(ada, "eve", blind).await);
    let refused = missing(world.allow::<RolesWrite>(bob).await);
    assert_eq!(refused.required, permission("roles:write"));
    let near: Vec<_> = refused.nearest.iter().map(ToString::to_string).collect();
    assert_eq!(near, ["roles:read", "*:list"]);
    let granting = ["low", "middle", "high"].map(str::to_owned).to_vec();
    assert_eq!(refused.roles, Some(RoleNames { own: "seeing".to_owned(), granting }));
    let refused = missing(world.allow::<RolesWrite>(eve).await);
    assert_eq!((refused.nearest, refused.roles), (Vec::new(), None));
}

#[tokio::test]
async fn a_refusal_within_a_query_names_them_too() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let seeing = role(&world, ada, "seeing", 30, &["roles:read"]).await;
    let bob = world.bring_in(ada, "bob", seeing).await;
    let proof = world.member(bob).await.unwrap();
    let refused = missing(world.app.query(&proof, &ReadMember { user: ada.actor.user }).await);
    assert_eq!(refused.required.as_str(), <UsersRead as bailiwick_app::authority::Permit>::NAME);
    assert_eq!(refused.roles.unwrap().granting, ["guest", "member", "admin"]);
}

#[tokio::test]
async fn about_others_only_who_may_see_roles_asks() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let blind = role(&world, ada, "blind", 30, &["kb:read"]).await;
    let bob = world.bring_in(ada, "bob", blind).await;
    let proof = world.member(bob).await.unwrap();
    let permissions = vec![permission("kb:read"), permission("kb:write")];
    let stranger = world.owner("eve").await.actor.user;
    for other in [ada.actor.user, stranger] {
        let check = Check { user: Some(other), permissions: permissions.clone() };
        assert_eq!(missing(world.app.query(&proof, &check).await).required, permission("roles:read"));
        let explain = Explain { user: Some(other), permission: permission("kb:read") };
        assert_eq!(missing(world.app.query(&proof, &explain).await).required, permission("roles:read"));
    }
    for own in [None, Some(bob.actor.user)] {
        let answers = world.app.query(&proof, &Check { user: own, permissions: permissions.clone() }).await;
        let allowed: Vec<_> = answers.unwrap().into_iter().map(|answer| answer.allowed).collect();
        assert_eq!(allowed, [true, false]);
    }
}

#[tokio::test]
async fn who_may_not_see_roles_learns_of_no_other_role() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let blind = role(&world, ada, "blind", 30, &["kb:read"]).await;
    let bob = world.bring_in(ada, "bob", blind).await;
    let proof = world.member(bob).await.unwrap();
    let explain = Explain { user: None, permission: permission("kb:write") };
    let explanation = world.app.query(&proof, &explain).await.unwrap();
    let own = explanation.role.unwrap().role;
    assert_eq!((own.id, own.name.as_str()), (blind, "blind"));
    let ways = &explanation.steps[0].any_of;
    assert_eq!(*ways, [Change::AssignRole { roles: None, restores: false }, Change::ExtendRole(own)]);
}
