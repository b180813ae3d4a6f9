//! Changing and resetting passwords, and what becomes invalid with the old one.

use bailiwick_app::accounts::{ChangeEmail, ChangePassword, ConfirmEmail, ForgotPassword, ResetPassword};
use bailiwick_app::authority::Public;
use bailiwick_app::{Actor, Error, Settings};
use bailiwick_kernel::ClaimedToken;
use bailiwick_users::{Password, UserError};
use time::Duration;

use crate::world::{World, email, password};

fn another() -> Password {
    Password::parse("staple battery horse").unwrap()
}

async fn change(world: &World, actor: Actor, current: Password, new: Password) -> Result<(), Error> {
    let proof = world.authenticated(actor).await?;
    world.app.change_password(&proof, &ChangePassword { current: Some(current), new }).await
}

async fn forgotten(world: &World, who: &str) -> ClaimedToken {
    world.app.forgot_password(&Public, &ForgotPassword { email: email(who) }).await.unwrap();
    ClaimedToken::new(world.secret_for(who).await)
}

async fn reset(world: &World, token: &ClaimedToken) -> Result<(), Error> {
    let request = ResetPassword { token: token.clone(), password: another() };
    world.app.reset_password(&Public, &request).await
}

fn bad_token<T>(answer: Result<T, Error>) {
    assert_eq!(answer.map(|_| "done"), Err(UserError::BadResetToken.into()));
}

#[tokio::test]
async fn a_change_ends_all_other_sessions_and_every_pending_way_in() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let other = world.log_in("ada").await;
    let link = forgotten(&world, "ada").await;
    let proof = world.authenticated(ada.actor).await.unwrap();
    let move_away = ChangeEmail { new_email: email("ada2"), password: Some(password()) };
    world.app.change_email(&proof, &move_away).await.unwrap();
    let confirm = ConfirmEmail { token: ClaimedToken::new(world.secret_for("ada2").await) };

    let wrong = change(&world, ada.actor, another(), another()).await;
    assert_eq!(wrong, Err(UserError::BadCredentials.into()));
    assert!(world.authenticated(other).await.is_ok(), "nothing has ended");
    change(&world, ada.actor, password(), another()).await.unwrap();
    assert!(world.authenticated(ada.actor).await.is_ok());
    assert!(world.authenticated(other).await.is_err());
    bad_token(reset(&world, &link).await);
    let moved = world.app.run(&Public, &confirm).await.map(|_| ());
    assert_eq!(moved, Err(UserError::BadConfirmationToken.into()));
    assert!(world.try_log_in("ada", password()).await.is_err());
    assert!(world.try_log_in("ada", another()).await.is_ok());
}

#[tokio::test]
async fn of_changes_at_once_one_counts() {
    // Without limits, because eight attempts at once would be throttled.
    let world = World::with(Settings { throttle_enabled: false, ..Settings::default() });
    let ada = world.owner("ada").await;
    let new = |n: u32| Password::parse(&format!("the password number {n}")).unwrap();
    let proof = world.authenticated(ada.actor).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let (app, proof) = (world.app.clone(), proof);
            let request = ChangePassword { current: Some(password()), new: new(n) };
            tokio::spawn(async move { app.change_password(&proof, &request).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (n, task) in (0..).zip(tasks) {
        match task.await.unwrap() {
            Ok(()) => winners.push(n),
            Err(refusal) => assert_eq!(refusal, UserError::BadCredentials.into()),
        }
    }
    assert_eq!(winners.len(), 1);
    assert!(world.try_log_in("ada", new(winners[0])).await.is_ok());
}

#[tokio::test]
async fn a_reset_ends_all_sessions_and_works_once() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let former = forgotten(&world, "ada").await;
    let link = forgotten(&world, "ada").await;
    bad_token(reset(&world, &former).await);
    reset(&world, &link).await.unwrap();
    bad_token(reset(&world, &link).await);
    assert!(world.authenticated(ada.actor).await.is_err());
    assert!(world.try_log_in("ada", another()).await.is_ok());
    assert!(world.stored("ada").await.unwrap().email_verified, "the mailbox is proven by it");
}

/// An attacker with the former password has asked to change the address; the reset cancels that.
#[tokio::test]
async fn a_reset_ends_a_change_of_address_under_way() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let proof = world.authenticated(ada.actor).await.unwrap();
    let away = ChangeEmail { new_email: email("eve"), password: Some(password()) };
    world.app.change_email(&proof, &away).await.unwrap();
    let confirm = ConfirmEmail { token: ClaimedToken::new(world.secret_for("eve").await) };
    let link = forgotten(&world, "ada").await;
    reset(&world, &link).await.unwrap();
    let refused = world.app.run(&Public, &confirm).await.map(|_| ());
    assert_eq!(refused, Err(UserError::BadConfirmationToken.into()));
}

/// The former link becomes invalid whether or not the next address is taken, so it reveals nothing.
#[tokio::test]
async fn a_link_to_move_does_not_tell_whether_the_next_address_is_taken() {
    let world = World::new();
    let ada = world.owner("ada").await;
    world.owner("bob").await;
    let proof = world.authenticated(ada.actor).await.unwrap();
    for next in ["bob", "nobody"] {
        let to = |who| ChangeEmail { new_email: email(who), password: Some(password()) };
        world.app.change_email(&proof, &to("ada2")).await.unwrap();
        let confirm = ConfirmEmail { token: ClaimedToken::new(world.secret_for("ada2").await) };
        world.app.change_email(&proof, &to(next)).await.unwrap();
        let refused = world.app.run(&Public, &confirm).await.map(|_| ());
        assert_eq!(refused, Err(UserError::BadConfirmationToken.into()), "{next}");
    }
}

#[tokio::test]
async fn a_reset_comes_in_time_and_to_an_account_in_use() {
    let world = World::new();
    world.owner("ada").await;
    let link = forgotten(&world, "ada").await;
    world.clock.advance(Duration::minutes(60));
    bad_token(reset(&world, &link).await);
    world.app.forgot_password(&Public, &ForgotPassword { email: email("nobody") }).await.unwrap();
    world.app.outbox().send_due().await.unwrap();
    assert_eq!(world.mail.take_for(&email("nobody")), []);

    let strict = World::with(Settings { require_verified_email: true, ..Settings::default() });
    strict.sign_up("eve").await.unwrap();
    strict.secret_for("eve").await;
    let link = forgotten(&strict, "eve").await;
    reset(&strict, &link).await.unwrap();
    assert!(strict.try_log_in("eve", password()).await.is_err(), "the sign-up's password is gone");
    assert!(strict.try_log_in("eve", another()).await.is_ok(), "a reset proves the mailbox");
}
