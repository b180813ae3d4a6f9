//! The first administrator, and one who cannot get in any more.

use bailiwick_app::accounts::{DeactivateMe, RecoverAdmin, RequireNotSetUp, ResetPassword, SetUp};
use bailiwick_app::authority::Public;
use bailiwick_app::{Error, Settings};
use bailiwick_kernel::{ClaimedToken, PlainToken};
use bailiwick_users::{Password, User, UserError};
use time::Duration;

use crate::world::{World, email, name, password};

fn request(token: &PlainToken, who: &str) -> SetUp {
    SetUp {
        token: ClaimedToken::new(token.reveal().to_owned()),
        email: email(who),
        password: password(),
        first_name: name(who),
        last_name: name("Admin"),
    }
}

async fn set_up(world: &World, token: &PlainToken, who: &str) -> Result<User, Error> {
    world.app.set_up(&Public, &request(token, who)).await
}

#[tokio::test]
async fn the_newest_link_makes_the_first_administrator_in_time() {
    let world = World::new();
    let former = world.app.offer_setup(&Public).await.unwrap().unwrap();
    let late = world.app.offer_setup(&Public).await.unwrap().unwrap();
    let bad = Err(UserError::BadSetupToken.into());
    assert_eq!(set_up(&world, &former, "root").await, bad);
    world.clock.advance(Settings::default().setup_ttl);
    assert_eq!(set_up(&world, &late, "root").await, bad);

    let token = world.app.offer_setup(&Public).await.unwrap().unwrap();
    world.clock.advance(Settings::default().setup_ttl - Duration::microseconds(1));
    assert_eq!(world.app.ask(&Public, &RequireNotSetUp).await, Ok(()));
    let root = set_up(&world, &token, "root").await.unwrap();
    assert!(root.platform_admin && root.email_verified);
    let actor = world.log_in("root").await;
    assert!(world.app.authority().platform_admin(&actor).await.is_ok());
    let over = UserError::AlreadySetUp;
    assert_eq!(set_up(&world, &token, "other").await, Err(over.clone().into()));
    assert_eq!(world.app.ask(&Public, &RequireNotSetUp).await, Err(over.into()));
    assert_eq!(world.app.offer_setup(&Public).await, Ok(None));
}

#[tokio::test]
async fn a_refused_setup_leaves_the_link_as_it_was() {
    let world = World::new();
    world.owner("ada").await;
    let token = world.app.offer_setup(&Public).await.unwrap().unwrap();
    assert_eq!(set_up(&world, &token, "ada").await, Err(UserError::EmailTaken.into()));
    assert!(set_up(&world, &token, "root").await.is_ok());
}

#[tokio::test]
async fn of_many_who_set_up_at_once_one_does() {
    let world = World::new();
    let token = world.app.offer_setup(&Public).await.unwrap().unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let (app, request) = (world.app.clone(), request(&token, &format!("root{n}")));
            tokio::spawn(async move { app.set_up(&Public, &request).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(refusal) => assert_eq!(refusal, UserError::AlreadySetUp.into()),
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn who_was_locked_out_comes_back_with_a_new_password() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let proof = world.authenticated(ada.actor).await.unwrap();
    world.app.run(&proof, &DeactivateMe).await.unwrap();
    let unknown = world.app.run(&Public, &RecoverAdmin { email: email("nobody") }).await;
    assert_eq!(unknown.map(|_| ()), Err(UserError::NotFound.into()));

    let token = world.app.run(&Public, &RecoverAdmin { email: email("ada") }).await.unwrap();
    let chosen = Password::parse("staple battery horse").unwrap();
    let reset =
        ResetPassword { token: ClaimedToken::new(token.reveal().to_owned()), password: chosen.clone() };
    world.app.reset_password(&Public, &reset).await.unwrap();
    let actor = world.actor(&world.try_log_in("ada", chosen).await.unwrap());
    assert!(world.app.authority().platform_admin(&actor).await.is_ok());
    assert!(world.app.authority().owner(&actor, ada.org).await.is_ok(), "the organisation is back");
}
