//! Moving to another address.

use bailiwick_app::accounts::{ChangeEmail, ConfirmEmail, VerifyEmail};
use bailiwick_app::authority::Public;
use bailiwick_app::{Actor, Error, Settings};
use bailiwick_kernel::ClaimedToken;
use bailiwick_users::{User, UserError};

use crate::world::{World, email, password};

async fn propose(world: &World, actor: Actor, to: &str) -> Result<(), Error> {
    let proof = world.authenticated(actor).await?;
    let request = ChangeEmail { new_email: email(to), password: Some(password()) };
    world.app.change_email(&proof, &request).await
}

async fn link(world: &World, actor: Actor, to: &str) -> ClaimedToken {
    propose(world, actor, to).await.unwrap();
    ClaimedToken::new(world.secret_for(to).await)
}

async fn confirm(world: &World, token: &ClaimedToken) -> Result<User, Error> {
    world.app.run(&Public, &ConfirmEmail { token: token.clone() }).await
}

#[tokio::test]
async fn the_newest_link_moves_the_account_once() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let former = link(&world, ada.actor, "ada2").await;
    let newest = link(&world, ada.actor, "ada3").await;
    let bad = Err(UserError::BadConfirmationToken.into());
    assert_eq!(confirm(&world, &former).await, bad);
    assert!(world.stored("ada").await.is_some(), "nothing moves before it is confirmed");
    let moved = confirm(&world, &newest).await.unwrap();
    assert_eq!((moved.email, moved.pending_email, moved.email_verified), (email("ada3"), None, true));
    let again = confirm(&world, &newest).await.unwrap();
    assert_eq!(again.email, email("ada3"), "the link may be opened twice");
    assert_eq!(world.stored("ada").await, None);
    assert!(world.try_log_in("ada3", password()).await.is_ok());
    assert!(world.authenticated(ada.actor).await.is_ok(), "the sessions go on");
}

#[tokio::test]
async fn ones_own_address_is_refused_and_the_link_to_another_stays() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let waiting = link(&world, ada.actor, "ada2").await;
    world.mail.take_for(&email("ada"));
    assert_eq!(propose(&world, ada.actor, "ada").await, Err(UserError::EmailUnchanged.into()));
    world.app.outbox().send_due().await.unwrap();
    assert_eq!(world.mail.take_for(&email("ada")), [], "no mail tells of it");
    assert_eq!(confirm(&world, &waiting).await.unwrap().email, email("ada2"));
}

#[tokio::test]
async fn an_address_that_two_move_to_goes_to_the_first() {
    let world = World::new();
    let (ada, bob) = (world.owner("ada").await, world.owner("bob").await);
    let (one, other) = (link(&world, ada.actor, "new").await, link(&world, bob.actor, "new").await);
    let (one, other) = tokio::join!(confirm(&world, &one), confirm(&world, &other));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(lost, Err(UserError::EmailTaken.into()));
    assert_eq!(world.stored("new").await, Some(won.unwrap()));
}

#[tokio::test]
async fn an_address_with_an_account_gets_no_mail_and_one_that_waits_makes_way() {
    let world = World::with(Settings { require_verified_email: true, ..Settings::default() });
    let root = world.root().await;
    world.sign_up("waiting").await.unwrap();
    world.secret_for("waiting").await;
    let token = link(&world, root, "waiting").await;
    let moved = confirm(&world, &token).await.unwrap();
    assert_eq!(world.stored("waiting").await, Some(moved));

    world.sign_up("bob").await.unwrap();
    let verify = VerifyEmail { token: ClaimedToken::new(world.secret_for("bob").await) };
    world.app.run(&Public, &verify).await.unwrap();
    propose(&world, root, "bob").await.unwrap();
    world.app.outbox().send_due().await.unwrap();
    assert_eq!(world.mail.take_for(&email("bob")), []);
    let mails = world.mail.take_for(&email("waiting"));
    assert!(mails.iter().all(|mail| mail.message.secret().is_none()), "word of it, and no link");
}
