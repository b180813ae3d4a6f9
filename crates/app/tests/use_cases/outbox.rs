//! Mail goes out after the commit, at least once, with back-off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_app::{App, MailError, Mailer, OutgoingMail, Parts};
use time::Duration;
use tokio::sync::oneshot;

use crate::world::World;

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

/// A carrier that says stop with the first mail it is given.
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
