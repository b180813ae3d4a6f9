//! `UserRepo`: addresses that change, and whoever was there.

use bailiwick_kernel::UserId;
use bailiwick_users::{PasswordHash, User, UserError, UserStatus};

use super::world::{World, assert_refused, name};

async fn stored(world: &World, id: UserId) -> Option<User> {
    read!(world, |tx| tx.users().find(id).await)
}

pub async fn an_address_is_stored_and_nothing_else(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let next = world.email();
    for (email, pending_email, email_verified) in [
        (user.email.clone(), Some(next.clone()), false),
        (user.email.clone(), Some(world.email()), true),
        (next.clone(), Some(next.clone()), false),
        (next, None, true),
    ] {
        let changed = User { email, pending_email, email_verified, ..user.clone() };
        let altered = User {
            first_name: name("Not"),
            last_name: name("This"),
            status: UserStatus::Inactive,
            password_hash: PasswordHash::from_stored("nor this".to_owned()),
            platform_admin: true,
            created_at: world.after(99),
            last_active: Some(world.after(99)),
            ..changed.clone()
        };
        transaction!(world, |tx| tx.users().update_email(&altered).await).unwrap();
        assert_eq!(stored(&world, user.id).await.as_ref(), Some(&changed));
        let found = read!(world, |tx| tx.users().find_by_email(&changed.email).await);
        assert_eq!(found, Some(changed));
    }
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&user.email).await), None);
    assert_eq!(stored(&world, other.id).await, Some(other));
}

pub async fn an_address_in_use_is_not_taken_over(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let greedy = User { email: other.email.clone(), ..user.clone() };
    let answer = transaction!(world, |tx| tx.users().update_email(&greedy).await);
    assert_refused(answer, UserError::EmailTaken);
    assert_eq!(stored(&world, user.id).await, Some(user));
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&other.email).await), Some(other));
}

pub async fn an_account_that_is_gone_takes_no_address(world: World) {
    let gone = User { email: world.user().await.email, ..world.new_user() };
    let answer = transaction!(world, |tx| tx.users().update_email(&gone).await);
    assert_refused(answer, UserError::NotFound);
}

pub async fn an_address_that_is_only_proposed_is_free(world: World) {
    let address = world.email();
    let proposed = Some(address.clone());
    for _ in 0..2 {
        world.store_user(User { pending_email: proposed.clone(), ..world.new_user() }).await;
    }
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&address).await), None);
    world.store_user(world.new_user_called(address, "Ada", "Lovelace")).await;
}

pub async fn who_was_there_is_noted_and_never_back_in_time(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    for (seconds, known) in [(5, 5), (4, 5), (5, 5), (6, 6), (-9, 6)] {
        let now = world.after(seconds);
        transaction!(world, |tx| tx.users().touch(user.id, now).await).unwrap();
        let expected = User { last_active: Some(world.after(known)), ..user.clone() };
        assert_eq!(stored(&world, user.id).await, Some(expected));
    }
    assert_eq!(stored(&world, other.id).await, Some(other));
    let gone = world.new_user().id;
    assert_eq!(transaction!(world, |tx| tx.users().touch(gone, world.now).await), Ok(()));
    assert_eq!(stored(&world, gone).await, None);
}

pub async fn it_is_known_whether_anybody_administers_the_platform(world: World) {
    world.user().await;
    let known = async || read!(world, |tx| tx.users().any_platform_admin().await);
    assert!(!known().await);
    let admin = world.user().await.id;
    transaction!(world, |tx| tx.users().make_platform_admin(admin).await).unwrap();
    assert!(known().await);
    // Whether the account is switched on does not matter.
    let off = User { status: UserStatus::Inactive, ..stored(&world, admin).await.unwrap() };
    transaction!(world, |tx| tx.users().update_standing(&off).await).unwrap();
    assert!(known().await);
    transaction!(world, |tx| tx.users().delete(admin).await).unwrap();
    assert!(!known().await);
}
