//! `Store::load_view` and `Tx::lock_view`.

use std::sync::Arc;

use bailiwick_app::ports::{MembershipView, RoleView, SessionView};
use bailiwick_app::{AuthorityQuery, AuthorityView, Error};
use bailiwick_kernel::Lock;
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_rbac::PermissionSet;
use bailiwick_roles::{Role, SystemRole};
use bailiwick_users::{User, UserChanges, UserStatus};

use super::races::a_while;
use super::world::{World, within};

fn alone(user: &User) -> AuthorityQuery {
    AuthorityQuery { user: user.id, session: None, org: None }
}

fn role_view(role: &Role) -> Arc<RoleView> {
    Arc::new(RoleView {
        id: role.id,
        name: role.name.to_string(),
        level: role.level,
        system: role.system,
        permissions: PermissionSet::new(role.permissions.iter().cloned()),
    })
}

fn effective_status(user: &User) -> AuthorityView {
    AuthorityView {
        user_status: user.status,
        platform_admin: user.platform_admin,
        session: None,
        membership: None,
    }
}

/// Loads the view in each of the three ways and asserts that they return the same.
async fn view(world: &World, query: &AuthorityQuery) -> Option<AuthorityView> {
    let loaded = world.store.load_view(query).await.unwrap();
    let held = transaction!(world, |tx| tx.lock_view(query).await).unwrap();
    assert_eq!(loaded, held);
    let read = read!(world, |tx| tx.lock_view(query).await);
    assert_eq!(loaded, read);
    loaded
}

pub async fn a_store_answers(world: World) {
    assert_eq!(world.store.ping().await, Ok(()));
}

pub async fn nothing_is_known_about_an_account_that_does_not_exist(world: World) {
    let org = world.org().await;
    let session = world.session(org.owner.id).await;
    let stranger = world.new_user();
    assert_eq!(view(&world, &alone(&stranger)).await, None);
    let nosy = AuthorityQuery { user: stranger.id, session: Some(session.id), org: Some(org.id) };
    assert_eq!(view(&world, &nosy).await, None);
}

pub async fn an_account_alone_is_known_by_its_standing(world: World) {
    for (status, platform_admin) in [
        (UserStatus::Active, false),
        (UserStatus::Active, true),
        (UserStatus::Inactive, false),
        (UserStatus::Pending, true),
    ] {
        let user = User { status, platform_admin, ..world.new_user() };
        let user = world.store_user(user).await;
        world.session(user.id).await;
        assert_eq!(view(&world, &alone(&user)).await, Some(effective_status(&user)));
    }
}

pub async fn a_session_is_known_to_its_own_account(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let session = world.session(user.id).await;
    let known = SessionView { ended_at: None, expires_at: session.expires_at };
    let asked = AuthorityQuery { session: Some(session.id), ..alone(&user) };
    assert_eq!(view(&world, &asked).await.unwrap().session, Some(known));
    let foreign = AuthorityQuery { session: Some(session.id), ..alone(&other) };
    assert_eq!(view(&world, &foreign).await, Some(effective_status(&other)));
    let unknown = AuthorityQuery { session: Some(world.new_session(user.id).0.id), ..alone(&user) };
    assert_eq!(view(&world, &unknown).await, Some(effective_status(&user)));
}

pub async fn a_membership_that_does_not_exist_is_none(world: World) {
    let (org, other) = (world.org().await, world.org().await);
    for org in [org.id, world.new_organization().id] {
        assert_eq!(view(&world, &within(org, other.owner.id)).await, Some(effective_status(&other.owner)));
    }
}

pub async fn a_membership_is_known_with_its_role(world: World) {
    let org = world.org().await;
    let session = world.session(org.owner.id).await;
    let query = AuthorityQuery { session: Some(session.id), ..within(org.id, org.owner.id) };
    let membership = MembershipView {
        status: MembershipStatus::Active,
        invited_until: None,
        role: Some(role_view(org.system_role(SystemRole::Owner))),
    };
    let expected = AuthorityView {
        session: Some(SessionView { ended_at: None, expires_at: session.expires_at }),
        membership: Some(membership),
        ..effective_status(&org.owner)
    };
    assert_eq!(view(&world, &query).await, Some(expected));
}

pub async fn each_status_of_a_membership_is_known(world: World) {
    let org = world.org().await;
    let role = role_view(org.system_role(SystemRole::Guest));
    let user = world.user().await;
    let invited = Membership::invited(org.id, user.id, role.id, world.after(60), world.now);
    transaction!(world, |tx| tx.orgs().insert_membership(&invited).await).unwrap();
    let status = async || view(&world, &within(org.id, user.id)).await.unwrap().membership.unwrap();
    let of = |status, invited_until| MembershipView { status, invited_until, role: Some(role.clone()) };
    assert_eq!(status().await, of(MembershipStatus::Invited, Some(world.after(60))));
    world.change(&org, user.id, |m| m.join(role.id, world.now)).await;
    assert_eq!(status().await, of(MembershipStatus::Active, None));
    world.change(&org, user.id, Membership::suspend).await;
    assert_eq!(status().await, of(MembershipStatus::Suspended, None));
    world.change(&org, user.id, Membership::remove).await;
    assert_eq!(status().await, of(MembershipStatus::Removed, None));
}

pub async fn a_removed_member_is_known_without_the_role_that_is_gone(world: World) {
    let org = world.org().await;
    let role = world.custom_role(&org, "editor", 30).await;
    let user = world.user().await;
    world.join(&org, user.id, role.id).await;
    world.change(&org, user.id, Membership::remove).await;
    transaction!(world, |tx| tx.roles().delete(org.id, role.id, world.now).await).unwrap();
    let membership = MembershipView { status: MembershipStatus::Removed, invited_until: None, role: None };
    let expected = AuthorityView { membership: Some(membership), ..effective_status(&user) };
    assert_eq!(view(&world, &within(org.id, user.id)).await, Some(expected));
}

pub async fn grants_are_known_in_the_order_given(world: World) {
    let org = world.org().await;
    let texts: Vec<_> = (0..60_u32).map(|n| format!("r{}:do", (n * 37) % 60)).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    for role in [
        world.new_role(org.id, "many", 30, &texts),
        world.new_role(org.id, "none", 31, &[]),
        world.new_role(org.id, "one", 32, &["*"]),
    ] {
        transaction!(world, |tx| tx.roles().insert(&role).await).unwrap();
        let user = world.user().await;
        world.join(&org, user.id, role.id).await;
        // Another membership or more sessions must not duplicate the permissions.
        let other = world.org().await;
        world.join(&other, user.id, other.role(SystemRole::Admin)).await;
        let session = world.session(user.id).await;
        world.session(user.id).await;
        let query = AuthorityQuery { session: Some(session.id), ..within(org.id, user.id) };
        let found = view(&world, &query).await.unwrap().membership.unwrap().role;
        assert_eq!(found, Some(role_view(&role)));
    }
}

pub async fn a_view_is_held_within_the_transaction(world: World) {
    let org = world.org().await;
    let user = world.new_user();
    let membership = Membership::active(org.id, user.id, org.role(SystemRole::Guest), world.now);
    let mut tx = world.begin().await;
    tx.users().insert(&user).await.unwrap();
    tx.orgs().insert_membership(&membership).await.unwrap();
    let view = tx.lock_view(&within(org.id, user.id)).await.unwrap().unwrap();
    assert_eq!(view.membership.unwrap().status, MembershipStatus::Active);
    tx.rollback().await.unwrap();
}

pub async fn a_read_only_transaction_locks_nothing(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let mut reader = world.begin_read().await;
    let before = reader.lock_view(&within(org.id, user.id)).await.unwrap();
    world.change(&org, user.id, Membership::suspend).await;
    assert_eq!(reader.lock_view(&within(org.id, user.id)).await.unwrap(), before, "the state at the begin");
    reader.rollback().await.unwrap();
}

pub async fn a_change_of_a_locked_membership_waits(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let mut suspended = world.membership(org.id, user.id).await.unwrap();
    suspended.suspend().unwrap();
    let update = {
        let (world, suspended) = (world.clone(), suspended.clone());
        async move { transaction!(world, |tx| tx.orgs().update_membership(&suspended).await) }
    };
    assert_waits(&world, within(org.id, user.id), update).await;
    assert_eq!(world.membership(org.id, user.id).await, Some(suspended));
}

pub async fn a_deactivation_of_a_locked_account_waits(world: World) {
    let user = world.user().await;
    let inactive = User { status: UserStatus::Inactive, ..user.clone() };
    let update = {
        let (world, inactive) = (world.clone(), inactive.clone());
        async move {
            transaction!(world, |tx| tx.users().update(inactive.id, &UserChanges::status_of(&inactive)).await)
        }
    };
    assert_waits(&world, alone(&user), update).await;
    assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(inactive));
}

pub async fn a_deletion_of_a_locked_account_waits(world: World) {
    let user = world.user().await;
    let session = world.session(user.id).await;
    let delete = {
        let world = world.clone();
        async move { transaction!(world, |tx| tx.users().delete(user.id).await) }
    };
    assert_waits(&world, AuthorityQuery { session: Some(session.id), ..alone(&user) }, delete).await;
    assert_eq!(world.store.load_view(&alone(&user)).await, Ok(None));
}

pub async fn a_deletion_of_an_organization_with_a_locked_membership_waits(world: World) {
    let org = world.org().await;
    let (id, owner) = (org.id, org.owner.id);
    let delete = {
        let world = world.clone();
        async move { transaction!(world, |tx| tx.orgs().delete(id).await) }
    };
    assert_waits(&world, within(id, owner), delete).await;
    assert_eq!(world.membership(id, owner).await, None);
}

/// Asserts that `change` waits until the transaction that locked the view ends.
async fn assert_waits(
    world: &World,
    query: AuthorityQuery,
    change: impl Future<Output = Result<(), Error>> + Send + 'static,
) {
    let mut holder = world.begin().await;
    let held = holder.lock_view(&query).await.unwrap();
    let change = tokio::spawn(change);
    a_while(world).await;
    assert!(!change.is_finished(), "the change did not wait for the lock");
    assert_eq!(world.store.load_view(&query).await, Ok(held));
    holder.commit().await.unwrap();
    change.await.unwrap().unwrap();
}
