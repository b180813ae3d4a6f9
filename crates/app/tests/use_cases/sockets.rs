//! Tickets and events.

use std::sync::Arc;

use bailiwick_app::authority::Public;
use bailiwick_app::authority::permission::{EventsPublish, WsConnect};
use bailiwick_app::sockets::{Channel, IssueTicket, PublishEvent, Ticket};
use bailiwick_app::{App, BusError, Error, EventBus, Parts};
use bailiwick_kernel::{ClaimedToken, Clock};
use bailiwick_rbac::Permission;
use bailiwick_testkit::OpenBus;
use serde_json::json;
use time::Duration;

use crate::world::{Person, World};

async fn redeem(app: &App, text: &str) -> Result<Option<Ticket>, Error> {
    let counted = app.count_ticket(ClaimedToken::new(text.to_owned())).await?;
    app.redeem_ticket(&Public, &counted).await
}

async fn ticket(world: &World, ada: &Person) -> String {
    let allow = world.app.authority().check(&ada.actor, ada.org, WsConnect).await.unwrap();
    let token_expires_at = world.clock.now() + Duration::HOUR;
    let issued = world.app.run(&allow, &IssueTicket { actor: ada.actor, token_expires_at }).await.unwrap();
    assert_eq!(issued.lasts, Duration::seconds(30));
    issued.secret.reveal().to_owned()
}

#[tokio::test]
async fn a_ticket_says_once_whose_it_is() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let secret = ticket(&world, &ada).await;
    let redeem = async |text: &str| redeem(&world.app, text).await.unwrap();
    assert_eq!(redeem("x").await, None);
    let found = redeem(&secret).await.unwrap();
    assert_eq!((found.actor, found.org), (ada.actor, ada.org));
    assert_eq!(found.token_expires_at, world.clock.now() + Duration::HOUR);
    assert_eq!(redeem(&secret).await, None);
}

#[tokio::test]
async fn tickets_that_ran_out_are_swept_away() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let secret = ticket(&world, &ada).await;
    let redeem = async || redeem(&world.app, &secret).await;
    world.clock.advance(Duration::seconds(30));
    assert_eq!(redeem().await.unwrap(), None);
    world.clock.advance(Duration::hours(24));
    assert!(world.app.housekeeper().sweep().await.unwrap() >= 1);
    world.clock.advance(-Duration::hours(24) - Duration::seconds(30));
    assert_eq!(redeem().await.unwrap(), None, "the row is gone");
}

#[tokio::test]
async fn a_ticket_of_a_clock_that_was_ahead_opens_nothing() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let start = world.clock.now();
    for (ahead, opens) in [(30, true), (31, false), (3_600, false)] {
        world.clock.set(start + Duration::seconds(ahead));
        let secret = ticket(&world, &ada).await;
        world.clock.set(start);
        let found = redeem(&world.app, &secret).await.unwrap();
        assert_eq!(found.is_some(), opens, "{ahead} s");
    }
}

#[tokio::test]
async fn an_event_is_carried_or_refused() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let bus = Arc::new(OpenBus::default());
    let app = App::new(Parts { bus: bus.clone(), ..world.app.parts().clone() });
    let mut heard = bus.subscribe();
    let allow = app.authority().check(&ada.actor, ada.org, EventsPublish).await.unwrap();
    let event = PublishEvent {
        event: Permission::parse("kb:read").unwrap(),
        channel: Some(Channel::parse("docs").unwrap()),
        data: json!({ "n": 1 }),
    };
    app.publish_for(&allow, event.clone()).await.unwrap();
    let told = heard.try_recv().unwrap();
    assert_eq!((told.org, &told.name, &told.channel), (ada.org, &event.event, &event.channel));
    assert_eq!((&told.data, told.at), (&event.data, world.clock.now()));
    bus.fail();
    let refused = app.publish_for(&allow, event).await;
    assert!(matches!(refused, Err(Error::Bus(BusError::Unavailable(_)))), "{refused:?}");
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn an_event_of_the_program_needs_no_caller() {
    let world = World::new();
    let ada = world.owner("ada").await;
    let mut heard = world.app.parts().bus.subscribe();
    let event =
        PublishEvent { event: Permission::parse("kb:read").unwrap(), channel: None, data: json!({ "n": 2 }) };
    world.app.publish(ada.org, event.clone()).await.unwrap();
    let told = heard.try_recv().unwrap();
    assert_eq!((told.org, &told.name, &told.channel), (ada.org, &event.event, &None));
    assert_eq!((&told.data, told.at), (&event.data, world.clock.now()));
}
