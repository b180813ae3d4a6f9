//! Renewing a session: one successor, ten seconds of grace, and the end of the session after a theft.

use std::sync::Arc;

use bailiwick_app::accounts::{LoggedIn, Refresh};
use bailiwick_app::authority::Public;
use bailiwick_app::{App, Denial, Error, Parts};
use bailiwick_kernel::{ClaimedToken, PlainToken};
use bailiwick_testkit::SeededIds;
use bailiwick_users::UserError;
use time::Duration;

use crate::world::{World, password};

async fn refresh(app: &App, token: &PlainToken) -> Result<LoggedIn, Error> {
    app.refresh(&Public, &Refresh { token: ClaimedToken::new(token.reveal().to_owned()) }).await
}

async fn logged_in(world: &World) -> LoggedIn {
    world.owner("ada").await;
    world.try_log_in("ada", password()).await.unwrap()
}

fn refused<T>(answer: Result<T, Error>) {
    assert_eq!(answer.map(|_| "renewed"), Err(UserError::BadRefreshToken.into()));
}

#[tokio::test]
async fn a_renewal_goes_on_with_the_same_session() {
    let world = World::new();
    let first = logged_in(&world).await;
    world.clock.advance(Duration::minutes(50));
    let second = refresh(&world.app, &first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    world.clock.advance(Duration::minutes(50));
    assert!(world.app.read_token(first.access_token.reveal()).is_err(), "it ran out");
    let actor = world.actor(&second);
    assert!(world.authenticated(actor).await.is_ok());
    let third = refresh(&world.app, &second.refresh_token).await.unwrap();
    assert_eq!(world.actor(&third), actor);
}

#[tokio::test]
async fn within_ten_seconds_the_same_successor_comes_again() {
    let world = World::new();
    let first = logged_in(&world).await;
    let second = refresh(&world.app, &first.refresh_token).await.unwrap();
    world.clock.advance(Duration::seconds(10) - Duration::microseconds(1));
    let again = refresh(&world.app, &first.refresh_token).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token);
    assert!(refresh(&world.app, &second.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_used_token_shown_after_ten_seconds_ends_the_session() {
    let world = World::new();
    let first = logged_in(&world).await;
    let other = world.log_in("ada").await;
    let second = refresh(&world.app, &first.refresh_token).await.unwrap();
    world.clock.advance(Duration::seconds(10));
    refused(refresh(&world.app, &first.refresh_token).await);
    let ended = world.authenticated(world.actor(&second)).await.map(|_| ());
    assert!(matches!(ended, Err(Error::Denied(Denial::Token(_)))), "{ended:?}");
    refused(refresh(&world.app, &second.refresh_token).await);
    assert!(world.authenticated(other).await.is_ok(), "another login lives on");
}

#[tokio::test]
async fn a_used_token_whose_successor_was_used_ends_the_session_at_once() {
    let world = World::new();
    let first = logged_in(&world).await;
    let second = refresh(&world.app, &first.refresh_token).await.unwrap();
    let third = refresh(&world.app, &second.refresh_token).await.unwrap();
    refused(refresh(&world.app, &first.refresh_token).await);
    refused(refresh(&world.app, &third.refresh_token).await);
    assert!(world.authenticated(world.actor(&third)).await.is_err());
}

#[tokio::test]
async fn of_many_renewals_at_once_all_get_one_successor() {
    let world = World::new();
    let mut login = logged_in(&world).await;
    for _ in 0..50 {
        let shown = login.refresh_token.clone();
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (app, shown) = (world.app.clone(), shown.clone());
                tokio::spawn(async move { refresh(&app, &shown).await })
            })
            .collect();
        let mut successors = Vec::new();
        for task in tasks {
            successors.push(task.await.unwrap().unwrap().refresh_token);
        }
        successors.dedup();
        assert_eq!(successors.len(), 1);
        login.refresh_token = successors.remove(0);
    }
}

#[tokio::test]
async fn every_node_makes_the_same_successor() {
    let world = World::new();
    let login = logged_in(&world).await;
    let ids = Arc::new(SeededIds::new(99));
    let other_node = App::new(Parts { ids, ..world.app.parts().clone() });
    let here = refresh(&world.app, &login.refresh_token).await.unwrap();
    let there = refresh(&other_node, &login.refresh_token).await.unwrap();
    assert_eq!(here.refresh_token, there.refresh_token);
}

#[tokio::test]
async fn a_token_lies_unused_for_too_long_and_the_session_has_its_end() {
    let world = World::new();
    let mut login = logged_in(&world).await;
    let idle = world.try_log_in("ada", password()).await.unwrap();
    for _ in 0..2 {
        world.clock.advance(Duration::days(14) - Duration::seconds(1));
        login = refresh(&world.app, &login.refresh_token).await.unwrap();
    }
    refused(refresh(&world.app, &idle.refresh_token).await);
    world.clock.advance(Duration::days(2) + Duration::seconds(2));
    refused(refresh(&world.app, &login.refresh_token).await);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let world = World::new();
    let login = logged_in(&world).await;
    let text = login.refresh_token.reveal().to_owned();
    let others = [String::new(), text[4..].to_owned(), text.replace("ref_", "rst_"), format!("{text}A")];
    for text in others {
        refused(world.app.refresh(&Public, &Refresh { token: ClaimedToken::new(text) }).await);
    }
    assert!(refresh(&world.app, &login.refresh_token).await.is_ok());
}
