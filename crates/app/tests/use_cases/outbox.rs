//! Mail is sent after the commit, at least once, with back-off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::platform::SendMail;
use bailiwick_app::{App, Error, MailError, MailMessage, Mailer, OutgoingMail, Parts, Store};
use bailiwick_kernel::{Clock, PlainToken, ServerKey, TokenKind};
use bailiwick_testkit::{SeededIds, mail_claim};
use time::Duration;
use tokio::sync::oneshot;

use crate::world::{World, email};

#[tokio::test]
async fn a_mail_that_cannot_go_is_tried_again_later() {
    let world = World::new();
    world.owner("ada").await;
    let outbox = world.app.outbox();
    world.mail.fail_temporarily();
    assert_eq!(outbox.send_due().await, Ok(0));
    world.mail.recover();
    assert_eq!(outbox.send_due().await, Ok(0), "not before its time");
    world.clock.advance(Duration::seconds(5));
    assert_eq!(outbox.send_due().await, Ok(1));
    world.clock.advance(Duration::hours(2));
    assert_eq!(outbox.send_due().await, Ok(0), "once is enough");
}

#[tokio::test]
async fn the_delay_doubles() {
    let world = World::new();
    world.owner("ada").await;
    let outbox = world.app.outbox();
    world.mail.fail_temporarily();
    for delay in [5, 10, 20, 40] {
        outbox.send_due().await.unwrap();
        world.clock.advance(Duration::seconds(delay) - Duration::SECOND);
        world.mail.recover();
        assert_eq!(outbox.send_due().await, Ok(0), "{delay}");
        world.mail.fail_temporarily();
        world.clock.advance(Duration::SECOND);
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_not_tried_again() {
    let world = World::new();
    world.owner("ada").await;
    let outbox = world.app.outbox();
    world.mail.fail_permanently();
    assert_eq!(outbox.send_due().await, Ok(0));
    world.mail.recover();
    world.clock.advance(Duration::days(1));
    assert_eq!(outbox.send_due().await, Ok(0));
}

#[tokio::test]
async fn a_mail_made_due_wakes_the_sender() {
    let world = World::new();
    let root = world.root().await;
    world.mail.fail_permanently();
    world.owner("ada").await;
    let [waiting] = &stored(&world).await[..] else { panic!("one mail") };
    assert_eq!(world.app.outbox().send_due().await, Ok(0));
    world.mail.recover();
    let (stop, stopped) = oneshot::channel::<()>();
    let sender = tokio::spawn(world.app.outbox().run(async { stopped.await.unwrap() }));
    let proof = world.app.authority().platform_admin(&root).await.unwrap();
    world.app.run(&proof, &SendMail { mail: waiting.id }).await.unwrap();
    while world.mail.delivered().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    sender.await.unwrap();
    let again = world.app.run(&proof, &SendMail { mail: waiting.id }).await;
    assert_eq!(again, Err(Error::MailNotFound));
}

/// The due mail in the store.
async fn stored(world: &World) -> Vec<OutgoingMail> {
    let mut tx = world.store.begin().await.unwrap();
    let mails = tx.outbox().claim(&mail_claim(world.clock.now(), world.clock.now(), 9)).await.unwrap();
    tx.rollback().await.unwrap();
    mails
}

fn with_key(world: &World, server_key: ServerKey) -> App {
    App::new(Parts { server_key, ..world.app.parts().clone() })
}

#[tokio::test]
async fn a_secret_is_sealed_until_it_is_carried() {
    let world = World::new();
    world.owner("ada").await;
    let [waiting] = &stored(&world).await[..] else { panic!("one mail") };
    let sealed = waiting.message.secret().unwrap().reveal().to_owned();
    assert!(sealed.starts_with("sealed:"), "{sealed}");
    assert!(world.secret_for("ada").await.starts_with("ver_"));
}

#[tokio::test]
async fn a_mail_sealed_with_another_key_waits_for_who_has_it() {
    let world = World::new();
    world.owner("ada").await;
    let (usual, other) = (world.app.parts().server_key.clone(), ServerKey::new(&[8; 32]));
    let sealed = stored(&world).await;
    assert_eq!(with_key(&world, other.clone()).outbox().send_due().await, Ok(0));
    assert_eq!(world.mail.delivered(), []);
    world.clock.advance(Duration::seconds(5));
    let [again] = &stored(&world).await[..] else { panic!("it is tried again") };
    assert_eq!(again, &OutgoingMail { attempts: 1, ..sealed[0].clone() });
    assert_eq!(with_key(&world, other.with_previous(&usual)).outbox().send_due().await, Ok(1));
    assert!(world.mail.take_secret_for(&email("ada")).unwrap().reveal().starts_with("ver_"));
}

#[tokio::test]
async fn a_mail_that_nobody_can_open_is_given_up_and_holds_up_no_other() {
    let world = World::new();
    world.owner("ada").await;
    let other = with_key(&world, ServerKey::new(&[8; 32]));
    for _ in 0..12 {
        assert_eq!(other.outbox().send_due().await, Ok(0));
        world.clock.advance(Duration::hours(1));
    }
    assert_eq!(stored(&world).await, []);
    world.owner("bob").await;
    assert_eq!(world.app.outbox().send_due().await, Ok(1));
}

#[tokio::test]
async fn a_sealed_secret_opens_in_its_own_mail_alone() {
    let world = World::new();
    world.owner("ada").await;
    let [ada] = &stored(&world).await[..] else { panic!("one mail") };
    let stolen = OutgoingMail { to: email("eve"), ..ada.clone() };
    enqueue(&world, &stolen).await;
    assert_eq!(world.app.outbox().send_due().await, Ok(0));
    assert_eq!(world.mail.delivered(), []);
}

#[tokio::test]
async fn a_secret_of_a_former_version_goes_out_as_it_is() {
    let world = World::new();
    let ids = SeededIds::default();
    let token = PlainToken::generate(TokenKind::EmailVerification, &ids);
    let message = MailMessage::VerifyEmail {
        token: (&token).into(),
        first_name: "Ada".to_owned(),
        expires_at: world.clock.now() + Duration::HOUR,
    };
    let mail = OutgoingMail::new(email("ada"), message, &ids, world.clock.now());
    enqueue(&world, &mail).await;
    assert_eq!(world.secret_for("ada").await, token.reveal());
}

async fn enqueue(world: &World, mail: &OutgoingMail) {
    let mut tx = world.store.begin().await.unwrap();
    tx.outbox().enqueue(mail, world.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A mailer that stops the sender with the first mail.
struct StopAtFirst {
    stop: Mutex<Option<oneshot::Sender<()>>>,
    carried: AtomicUsize,
}

#[async_trait]
impl Mailer for StopAtFirst {
    async fn deliver(&self, _: &OutgoingMail) -> Result<(), MailError> {
        self.carried.fetch_add(1, Ordering::SeqCst);
        if let Some(stop) = self.stop.lock().unwrap().take() {
            stop.send(()).unwrap();
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_sender_that_is_stopped_ends_with_the_mail_in_hand() {
    let world = World::new();
    for who in ["a", "b", "c", "d"] {
        world.owner(who).await;
    }
    let (stop, stopped) = oneshot::channel();
    let carrier = Arc::new(StopAtFirst { stop: Mutex::new(Some(stop)), carried: AtomicUsize::new(0) });
    let app = App::new(Parts { mailer: carrier.clone(), ..world.app.parts().clone() });
    app.outbox().run(async { stopped.await.unwrap() }).await;
    assert_eq!(carrier.carried.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_mail_deferred_by_a_clock_that_was_ahead_goes_out_when_the_clock_is_back() {
    let world = World::new();
    let outbox = world.app.outbox();
    let start = world.clock.now();
    world.clock.set(start + Duration::hours(10));
    world.mail.fail_temporarily();
    for (name, failures) in [("ada", 7), ("bob", 2)] {
        world.owner(name).await;
        for _ in 0..failures {
            outbox.send_due().await.unwrap();
            world.clock.advance(Duration::hours(1));
        }
    }
    world.owner("zoe").await;
    world.mail.recover();
    world.clock.set(start);
    assert_eq!(outbox.send_due().await, Ok(3));
    assert_eq!(outbox.send_due().await, Ok(0), "once");
}

#[tokio::test]
async fn a_mail_deferred_by_a_clock_that_was_ahead_a_little_waits_no_longer_than_the_longest_delay() {
    for (ahead, failures) in [(30, 1), (50, 1), (50, 6), (59, 10)] {
        let world = World::new();
        let outbox = world.app.outbox();
        let start = world.clock.now();
        world.owner("ada").await;
        world.mail.fail_temporarily();
        for _ in 1..failures {
            outbox.send_due().await.unwrap();
            world.clock.advance(Duration::hours(1));
        }
        let now = world.clock.now();
        world.clock.advance(Duration::minutes(ahead));
        outbox.send_due().await.unwrap();
        world.mail.recover();
        world.clock.set(now);
        let mut sent = outbox.send_due().await.unwrap();
        world.clock.advance(Duration::hours(1) + Duration::minutes(1));
        sent += outbox.send_due().await.unwrap();
        assert_eq!(sent, 1, "{ahead} {failures} {start}");
    }
}
