//! `UserRepo`: accounts.

use bailiwick_app::AuthorityQuery;
use bailiwick_invites::{Invitation, InvitationKey};
use bailiwick_kernel::TokenKind::EmailVerification as Verify;
use bailiwick_kernel::{Language, Lock, UserId};
use bailiwick_roles::SystemRole;
use bailiwick_users::{NewSecret, PasswordHash, SecretRef, User, UserChanges, UserError, UserStatus};

use super::world::{World, assert_refused, name, renamed, within};

async fn stored(world: &World, id: UserId) -> Option<User> {
    read!(world, |tx| tx.users().find(id, Lock::None).await)
}

pub async fn an_account_is_found_as_it_was_stored(world: World) {
    let mut user = world.new_user_called(world.email(), "Zo\u{eb} \u{1f511}", "O'Neil %_\\");
    user.status = UserStatus::Pending;
    user.email_verified = true;
    user.platform_admin = true;
    user.last_active = Some(world.after(7));
    user.pending_email = Some(world.email());
    user.language = Some(Language::parse("zh-Hant-TW").unwrap());
    let plain = world.new_user();
    for user in [user, plain] {
        world.store_user(user.clone()).await;
        assert_eq!(stored(&world, user.id).await.as_ref(), Some(&user));
        let by_email = read!(world, |tx| tx.users().find_by_email(&user.email, Lock::None).await);
        assert_eq!(by_email.as_ref(), Some(&user));
    }
}

pub async fn an_unknown_account_is_not_found(world: World) {
    world.user().await;
    let stranger = world.new_user();
    assert_eq!(stored(&world, stranger.id).await, None);
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&stranger.email, Lock::None).await), None);
}

pub async fn an_account_that_is_held_is_found_as_it_is(world: World) {
    let (user, stranger) = (world.user().await, world.new_user());
    let held = transaction!(world, |tx| tx.users().find_by_email(&user.email, Lock::Update).await);
    assert_eq!(held, Ok(Some(user.clone())));
    let none = transaction!(world, |tx| tx.users().find_by_email(&stranger.email, Lock::Update).await);
    assert_eq!(none, Ok(None));
    assert_eq!(transaction!(world, |tx| tx.users().find(user.id, Lock::Update).await), Ok(Some(user)));
    assert_eq!(transaction!(world, |tx| tx.users().find(stranger.id, Lock::Update).await), Ok(None));
}

pub async fn an_address_has_one_account(world: World) {
    let first = world.user().await;
    let second = world.new_user_called(first.email.clone(), "Eve", "Other");
    let answer = transaction!(world, |tx| tx.users().insert(&second).await);
    assert_refused(answer, UserError::EmailTaken);
    assert_eq!(stored(&world, second.id).await, None);
    assert_eq!(read!(world, |tx| tx.users().find_by_email(&first.email, Lock::None).await), Some(first));
}

pub async fn renaming_changes_the_names_alone(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let (first, last) = (name("Augusta"), name("King"));
    transaction!(world, |tx| tx.users().update(user.id, &renamed(&first, &last)).await).unwrap();
    let renamed = User { first_name: first, last_name: last, ..user };
    assert_eq!(stored(&world, renamed.id).await.as_ref(), Some(&renamed));
    assert_eq!(stored(&world, other.id).await.as_ref(), Some(&other));
}

pub async fn a_language_is_stored_and_nothing_else(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    for tag in ["de", "en-GB"] {
        let language = Some(Language::parse(tag).unwrap());
        let changes = UserChanges { language: language.clone(), ..UserChanges::default() };
        transaction!(world, |tx| tx.users().update(user.id, &changes).await).unwrap();
        assert_eq!(stored(&world, user.id).await, Some(User { language, ..user.clone() }));
    }
    let (first, last) = (name("Augusta"), name("King"));
    transaction!(world, |tx| tx.users().update(user.id, &renamed(&first, &last)).await).unwrap();
    assert_eq!(stored(&world, user.id).await.unwrap().language, Language::parse("en-GB").ok(), "it stays");
    assert_eq!(stored(&world, other.id).await.as_ref(), Some(&other));
}

pub async fn standing_is_stored_and_nothing_else(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    for (status, email_verified) in [
        (UserStatus::Inactive, true),
        (UserStatus::Pending, false),
        (UserStatus::Active, true),
        (UserStatus::Active, false),
    ] {
        let changed = User { status, email_verified, ..user.clone() };
        let altered = User {
            email: world.email(),
            first_name: name("Not"),
            last_name: name("This"),
            password_hash: PasswordHash::from_stored("nor this".to_owned()),
            platform_admin: true,
            created_at: world.after(99),
            last_active: Some(world.after(99)),
            pending_email: Some(world.email()),
            ..changed.clone()
        };
        transaction!(world, |tx| tx.users().update(altered.id, &UserChanges::status_of(&altered)).await)
            .unwrap();
        assert_eq!(stored(&world, user.id).await, Some(changed));
    }
    assert_eq!(stored(&world, other.id).await.as_ref(), Some(&other));
}

pub async fn a_password_is_replaced_only_while_it_is_the_old_one(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    let [next, last] = ["next", "last"].map(|text| PasswordHash::from_stored(text.to_owned()));
    let replaced = |old: PasswordHash, new: PasswordHash| {
        let world = &world;
        async move { transaction!(world, |tx| tx.users().replace_password(user.id, &old, &new).await).unwrap() }
    };
    assert!(replaced(user.password_hash.clone(), next.clone()).await);
    assert!(!replaced(user.password_hash.clone(), last.clone()).await);
    assert_eq!(stored(&world, user.id).await.unwrap().password_hash, next);
    assert!(replaced(next, last.clone()).await);
    assert_eq!(stored(&world, user.id).await.unwrap().password_hash, last);
    assert_eq!(stored(&world, other.id).await.as_ref(), Some(&other));
}

pub async fn an_account_is_made_an_administrator_of_the_platform(world: World) {
    let (user, other) = (world.user().await, world.user().await);
    for _ in 0..2 {
        transaction!(world, |tx| tx.users().update(user.id, &UserChanges::to_platform_admin()).await)
            .unwrap();
        let admin = User { platform_admin: true, ..user.clone() };
        assert_eq!(stored(&world, user.id).await, Some(admin));
    }
    assert_eq!(stored(&world, other.id).await, Some(other));
}

pub async fn an_account_that_is_gone_cannot_be_changed(world: World) {
    let gone = world.new_user();
    let (first, last) = (&gone.first_name, &gone.last_name);
    let answer = transaction!(world, |tx| tx.users().update(gone.id, &renamed(first, last)).await);
    assert_refused(answer, UserError::NotFound);
    let answer = transaction!(world, |tx| tx.users().update(gone.id, &UserChanges::status_of(&gone)).await);
    assert_refused(answer, UserError::NotFound);
    let answer = transaction!(world, |tx| tx.users().update(gone.id, &UserChanges::emails_of(&gone)).await);
    assert_refused(answer, UserError::NotFound);
    let answer =
        transaction!(world, |tx| tx.users().update(gone.id, &UserChanges::to_platform_admin()).await);
    assert_refused(answer, UserError::NotFound);
    let answer = transaction!(world, |tx| tx.users().delete(gone.id).await);
    assert_refused(answer, UserError::NotFound);
}

pub async fn a_deleted_account_takes_sessions_secrets_and_memberships_along(world: World) {
    let org = world.org().await;
    let user = world.member(&org, SystemRole::Member).await;
    let session = world.session(user.id).await;
    let secret = world.token();
    let expires_at = world.after(60);
    transaction!(world, |tx| tx
        .secrets()
        .issue(&NewSecret {
            kind: Verify,
            user: user.id,
            hash: secret,
            created_at: world.now,
            expires_at,
            address: None
        })
        .await)
    .unwrap();

    transaction!(world, |tx| tx.users().delete(user.id).await).unwrap();

    assert_eq!(stored(&world, user.id).await, None);
    assert_eq!(world.membership(org.id, user.id).await, None);
    let named =
        transaction!(world, |tx| tx.secrets().consume(Verify, SecretRef::Hash(secret), world.now).await);
    assert_eq!(named, Ok(None));
    let query = AuthorityQuery { session: Some(session.id), ..within(org.id, user.id) };
    assert_eq!(world.store.load_view(&query).await, Ok(None));
    // The id and the address are free again, and no session or membership comes back with them.
    world.store_user(user).await;
    let view = world.store.load_view(&query).await.unwrap().unwrap();
    assert_eq!((view.session, view.membership), (None, None));
}

pub async fn what_a_deleted_account_did_for_others_stays(world: World) {
    let org = world.org().await;
    let other = world.member(&org, SystemRole::Admin).await;
    let session = world.session(other.id).await;
    let (invitation, _) = world.invite(&org, world.email(), org.role(SystemRole::Guest)).await;
    let by_other = Invitation {
        inviter_id: Some(other.id),
        ..world.new_invitation(&org, world.email(), org.role(SystemRole::Guest))
    };
    let (by_other, _) = world.store_invitation(by_other).await;
    transaction!(world, |tx| tx.users().delete(org.owner.id).await).unwrap();

    let found =
        read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, invitation.id)).await).unwrap();
    assert_eq!(found, Invitation { inviter_id: None, ..invitation });
    assert_eq!(
        read!(world, |tx| tx.invites().find(InvitationKey::OfOrg(org.id, by_other.id)).await),
        Some(by_other)
    );
    assert_eq!(read!(world, |tx| tx.orgs().find(org.id, Lock::None).await), Some(org.organization.clone()));
    assert_eq!(read!(world, |tx| tx.roles().list(org.id).await).len(), 4);
    let seen = User { last_active: Some(session.last_seen_at), ..other.clone() };
    assert_eq!(stored(&world, other.id).await, Some(seen));
    let query = AuthorityQuery { session: Some(session.id), ..within(org.id, other.id) };
    let view = world.store.load_view(&query).await.unwrap().unwrap();
    assert!(view.session.is_some() && view.membership.is_some());
}
