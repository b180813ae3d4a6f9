//! The first administrator, and the recovery of one who has lost access.

use bailiwick_app::accounts::{
    DeactivateMe, ForgotPassword, IssueRecovery, RequireNotSetUp, ResetPassword, SetUp,
};
use bailiwick_app::audit::{Action, AuditFilter};
use bailiwick_app::authority::Public;
use bailiwick_app::{Actor, Error, Settings, Store};
use bailiwick_kernel::{ClaimedToken, PageRequest, PlainToken};
use bailiwick_users::{Password, User, UserError, UserStatus};
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
    assert_eq!(world.app.query(&Public, &RequireNotSetUp).await, Ok(()));
    let root = set_up(&world, &token, "root").await.unwrap();
    assert!(root.platform_admin && root.email_verified);
    let actor = world.log_in("root").await;
    assert!(world.app.authority().platform_admin(&actor).await.is_ok());
    let over = UserError::AlreadySetUp;
    assert_eq!(set_up(&world, &token, "other").await, Err(over.clone().into()));
    assert_eq!(world.app.query(&Public, &RequireNotSetUp).await, Err(over.into()));
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

async fn recovery(world: &World, who: &str, platform_admin: bool) -> Result<ClaimedToken, Error> {
    let issue = IssueRecovery { email: email(who), platform_admin };
    let token = world.app.run(&Public, &issue).await?;
    Ok(ClaimedToken::new(token.reveal().to_owned()))
}

async fn redeem(world: &World, token: &ClaimedToken) -> Result<(), Error> {
    let chosen = Password::parse("staple battery horse").unwrap();
    let reset = ResetPassword { token: token.clone(), password: chosen };
    world.app.reset_password(&Public, &reset).await
}

async fn back(world: &World, who: &str) -> Actor {
    let chosen = Password::parse("staple battery horse").unwrap();
    world.actor(&world.try_log_in(who, chosen).await.unwrap())
}

#[tokio::test]
async fn who_was_locked_out_comes_back_with_a_new_password() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let proof = world.authenticated(ada.actor).await.unwrap();
    world.app.run(&proof, &DeactivateMe).await.unwrap();
    let unknown = recovery(&world, "nobody", false).await;
    assert_eq!(unknown.map(|_| ()), Err(UserError::NotFound.into()));

    let token = recovery(&world, "ada", true).await.unwrap();
    let stored = world.stored("ada").await.unwrap();
    assert!(!stored.platform_admin && !stored.email_verified, "nothing is granted yet");
    assert_eq!(stored.status, UserStatus::Inactive);
    redeem(&world, &token).await.unwrap();
    let actor = back(&world, "ada").await;
    assert!(world.app.authority().platform_admin(&actor).await.is_ok());
    assert!(world.app.authority().owner(&actor, ada.org).await.is_ok(), "the organization is back");
}

#[tokio::test]
async fn the_newest_recovery_works_whatever_it_grants() {
    let world = World::new();
    world.owner("ada").await;
    let bad = Err(UserError::BadResetToken.into());
    for (former, newest) in [(true, false), (false, true), (true, true), (false, false)] {
        let old = recovery(&world, "ada", former).await.unwrap();
        let new = recovery(&world, "ada", newest).await.unwrap();
        assert_eq!(redeem(&world, &old).await, bad);
        if (former, newest) == (true, false) {
            redeem(&world, &new).await.unwrap();
            let actor = back(&world, "ada").await;
            assert!(world.app.authority().platform_admin(&actor).await.is_err());
        }
    }
    let late = recovery(&world, "ada", true).await.unwrap();
    world.clock.advance(Settings::default().reset_ttl);
    assert_eq!(redeem(&world, &late).await, bad);
}

#[tokio::test]
async fn a_forgotten_password_does_not_replace_a_recovery() {
    let world = World::new();
    world.owner("ada").await;
    let token = recovery(&world, "ada", false).await.unwrap();
    world.app.forgot_password(&Public, &ForgotPassword { email: email("ada") }).await.unwrap();
    let mailed = ClaimedToken::new(world.secret_for("ada").await);
    redeem(&world, &token).await.unwrap();
    assert_eq!(redeem(&world, &mailed).await, Err(UserError::BadResetToken.into()));
}

#[tokio::test]
async fn an_issued_recovery_is_told() {
    let world = World::new();
    let ada = world.owner("ada").await;
    recovery(&world, "ada", true).await.unwrap();
    let filter = AuditFilter { actions: Some(Action::AccountIssueRecovery.into()), ..AuditFilter::default() };
    let mut tx = world.store.begin_read().await.unwrap();
    let told = tx.audit().list(None, &filter, PageRequest::default()).await.unwrap().items;
    tx.rollback().await.unwrap();
    let [entry] = &told[..] else { panic!("{told:?}") };
    assert_eq!(entry.target, Some(ada.actor.user.into()));
}
