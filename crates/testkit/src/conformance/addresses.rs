//! `UserRepo`: changes of an address, last activity, and platform administrators.

use bailiwick_app::platform::UserFilter;
use bailiwick_kernel::{Language, Limit, Lock, PageRequest, UserId};
use bailiwick_users::{Exemption, PasswordHash, Session, User, UserChanges, UserError, UserStatus};

use super::world::{World, assert_refused, name};

async fn stored(world: &World, id: UserId) -> Option<User> {
    read!(world, |tx| tx.users().find(id, Lock::None).await)
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
        transaction!(world, |tx| tx.users().update(altered.id, &UserChanges::emails_of(&altered)).await)
            .unwrap();
        assert_eq!(stored(&world, user.id).await.as_ref(), Some(&changed));
        let found = read!(world, |tx| tx.users().find_by_email(&changed.email, Lock::None).await);
        assert_eq!(found, Some(changed));
    }
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&user.email, Lock::None).await), None);
    assert_eq!(stored(&world, other.id).await, Some(other));
}

pub async fn several_changes_are_stored_at_once(world: World) {
    let (user, next) = (world.user().await, world.email());
    let exemption = Some(Exemption { from: world.now, until: world.after(60) });
    let expected = User {
        first_name: name("Grace"),
        last_name: name("Hopper"),
        status: UserStatus::Inactive,
        pending_email: Some(next.clone()),
        email_verified: true,
        platform_admin: true,
        exemption,
        language: Language::parse("de-CH").ok(),
        ..user.clone()
    };
    let changes = UserChanges {
        names: Some((expected.first_name.clone(), expected.last_name.clone())),
        status: Some(expected.status),
        emails: Some((user.email.clone(), Some(next))),
        email_verified: Some(true),
        platform_admin: Some(true),
        exemption,
        language: expected.language.clone(),
    };
    transaction!(world, |tx| tx.users().update(user.id, &changes).await).unwrap();
    assert_eq!(stored(&world, user.id).await, Some(expected));
}

pub async fn an_address_in_use_is_not_taken_over(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let greedy = User { email: other.email.clone(), ..user.clone() };
    let answer =
        transaction!(world, |tx| tx.users().update(greedy.id, &UserChanges::emails_of(&greedy)).await);
    assert_refused(answer, UserError::EmailTaken);
    assert_eq!(stored(&world, user.id).await, Some(user));
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&other.email, Lock::None).await), Some(other));
}

pub async fn an_account_that_is_gone_takes_no_address(world: World) {
    let gone = User { email: world.user().await.email, ..world.new_user() };
    let answer = transaction!(world, |tx| tx.users().update(gone.id, &UserChanges::emails_of(&gone)).await);
    assert_refused(answer, UserError::NotFound);
}

pub async fn an_address_that_is_only_proposed_is_free(world: World) {
    let address = world.email();
    let proposed = Some(address.clone());
    for _ in 0..2 {
        world.store_user(User { pending_email: proposed.clone(), ..world.new_user() }).await;
    }
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&address, Lock::None).await), None);
    world.store_user(world.new_user_called(address, "Ada", "Lovelace")).await;
}

pub async fn who_was_there_is_noted_and_never_back_in_time(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    for (seconds, known) in [(5, 5), (4, 5), (5, 5), (6, 6), (-9, 6)] {
        let (session, refresh) = world.new_session(user.id);
        let session = Session { last_seen_at: world.after(seconds), ..session };
        transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
        let expected = User { last_active: Some(world.after(known)), ..user.clone() };
        assert_eq!(stored(&world, user.id).await, Some(expected));
    }
    assert_eq!(stored(&world, other.id).await, Some(other));
}

pub async fn it_is_known_whether_anybody_administers_the_platform(world: World) {
    world.user().await;
    let known = async || {
        let filter = UserFilter { platform_admin: Some(true), ..UserFilter::default() };
        let page = PageRequest { limit: Limit::ONE, after: None };
        !read!(world, |tx| tx.platform().list_users(&filter, page).await).items.is_empty()
    };
    assert!(!known().await);
    let admin = world.user().await.id;
    transaction!(world, |tx| tx.users().update(admin, &UserChanges::to_platform_admin()).await).unwrap();
    assert!(known().await);
    // The status of the account does not matter.
    let off = User { status: UserStatus::Inactive, ..stored(&world, admin).await.unwrap() };
    transaction!(world, |tx| tx.users().update(off.id, &UserChanges::status_of(&off)).await).unwrap();
    assert!(known().await);
    transaction!(world, |tx| tx.users().delete(admin).await).unwrap();
    assert!(!known().await);
}
