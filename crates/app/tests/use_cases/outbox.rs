//! Mail goes out after the commit, at least once, with back-off.

use time::Duration;

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
