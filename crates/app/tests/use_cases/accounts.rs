//! Accounts.

use bailiwick_app::accounts::{CreateAdmin, LogIn};
use bailiwick_app::authority::Public;
use bailiwick_app::{OrgScope, Store};
use bailiwick_kernel::Lock;
use bailiwick_testkit::QuickHasher;
use bailiwick_users::UserError;
use time::Duration;

use crate::world::{World, email, name, password};

#[tokio::test]
async fn a_refused_sign_up_leaves_nothing_behind() {
    let world = World::new();
    world.owner("ada").await;
    assert_eq!(world.sign_up("ada").await, Err(UserError::EmailTaken.into()));
    let mut tx = world.store.begin_read().await.unwrap();
    let user = tx.users().find_by_email(&email("ada"), Lock::None).await.unwrap().unwrap();
    assert_eq!(
        tx.directory().list_organizations(user.id, OrgScope::Existing, None).await.unwrap().items.len(),
        1
    );
    tx.rollback().await.unwrap();
    assert_eq!(world.app.outbox().send_due().await, Ok(1), "one mail, of the first sign-up");
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_by_a_login() {
    let world = World::new();
    world.owner("ada").await;
    let find = async || {
        let mut tx = world.store.begin_read().await.unwrap();
        let user = tx.users().find_by_email(&email("ada"), Lock::None).await.unwrap().unwrap();
        tx.rollback().await.unwrap();
        user
    };
    let user = find().await;
    let mut tx = world.store.begin().await.unwrap();
    tx.users()
        .replace_password(user.id, &user.password_hash, &QuickHasher::outdated(&password()))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.log_in("ada").await;
    assert_eq!(find().await.password_hash, QuickHasher::current(&password()));
}

#[tokio::test]
async fn an_administrator_of_the_platform_is_made_on_the_machine() {
    let world = World::new();
    let request = CreateAdmin {
        email: email("root"),
        password: password(),
        first_name: name("Root"),
        last_name: name("Admin"),
    };
    let admin = world.app.create_admin(&Public, &request).await.unwrap();
    assert!(admin.platform_admin && admin.email_verified);
    let actor = world.log_in("root").await;
    assert!(world.app.authority().platform_admin(&actor).await.is_ok());
    assert_eq!(world.app.create_admin(&Public, &request).await, Err(UserError::EmailTaken.into()));
}

#[tokio::test]
async fn a_session_ends_with_its_time() {
    let world = World::new();
    let ada = world.owner("ada").await;
    assert!(world.app.authority().authenticated(&ada.actor).await.is_ok());
    world.clock.advance(Duration::days(30));
    assert!(world.app.authority().authenticated(&ada.actor).await.is_err());
}

#[tokio::test]
async fn secrets_are_muted() {
    let world = World::new();
    world.owner("ada").await;
    let request = LogIn { email: email("ada").to_string(), password: Some(password()) };
    let login = world.app.log_in(&Public, &request).await.unwrap();
    let shown = format!("{login:?}");
    assert!(!shown.contains(login.access_token.reveal()) && !shown.contains(login.refresh_token.reveal()));
}
