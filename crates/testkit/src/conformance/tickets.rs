//! `TicketRepo`: tickets that open sockets.

use bailiwick_app::authority::Actor;
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{Error, RetentionCutoffs};
use bailiwick_kernel::{OrgId, Timestamp, TokenHash};
use bailiwick_users::{Session, SessionScope};
use time::Duration;

use super::races::{assert_one_true, at_once};
use super::world::World;

struct Scene {
    org: OrgId,
    session: Session,
}

async fn scene(world: &World) -> Scene {
    let org = world.org().await;
    let session = world.session(org.owner.id).await;
    Scene { org: org.id, session }
}

fn new_ticket(world: &World, scene: &Scene) -> Ticket {
    Ticket {
        actor: Actor { user: scene.session.user_id, session: scene.session.id },
        org: scene.org,
        token_expires_at: world.after(3600),
        expires_at: world.after(30),
    }
}

async fn issue(world: &World, ticket: &Ticket) -> TokenHash {
    let hash = world.token();
    transaction!(world, |tx| tx.tickets().issue(&hash, ticket).await).unwrap();
    hash
}

async fn consume(world: &World, hash: TokenHash, now: Timestamp) -> Option<Ticket> {
    transaction!(world, |tx| tx.tickets().consume(&hash, now).await).unwrap()
}

pub async fn a_ticket_is_used_once_and_found_as_it_was_stored(world: World) {
    let scene = scene(&world).await;
    let first = new_ticket(&world, &scene);
    let second = Ticket { token_expires_at: world.after(7), ..first };
    let (one, other) = (issue(&world, &first).await, issue(&world, &second).await);
    assert_eq!(consume(&world, one, world.now).await, Some(first));
    assert_eq!(consume(&world, one, world.now).await, None);
    assert_eq!(consume(&world, other, world.now).await, Some(second));
}

pub async fn an_unknown_ticket_opens_nothing(world: World) {
    let scene = scene(&world).await;
    issue(&world, &new_ticket(&world, &scene)).await;
    assert_eq!(consume(&world, world.token(), world.now).await, None);
}

pub async fn a_ticket_works_before_its_expiry_and_not_at_it(world: World) {
    let ticket = new_ticket(&world, &scene(&world).await);
    let (late, in_time) = (issue(&world, &ticket).await, issue(&world, &ticket).await);
    assert_eq!(consume(&world, late, world.after(30)).await, None);
    let last_moment = world.after(30) + Duration::microseconds(-1);
    assert_eq!(consume(&world, in_time, last_moment).await, Some(ticket));
}

pub async fn a_ticket_used_in_a_rolled_back_transaction_stays_valid(world: World) {
    let ticket = new_ticket(&world, &scene(&world).await);
    let hash = issue(&world, &ticket).await;
    let mut tx = world.begin().await;
    assert_eq!(tx.tickets().consume(&hash, world.now).await, Ok(Some(ticket)));
    assert_eq!(tx.tickets().consume(&hash, world.now).await, Ok(None));
    tx.rollback().await.unwrap();
    assert_eq!(consume(&world, hash, world.now).await, Some(ticket));
}

pub async fn a_ticket_is_deleted_with_its_account_session_or_organization(world: World) {
    let scenes = [scene(&world).await, scene(&world).await, scene(&world).await];
    let mut hashes = Vec::new();
    for scene in &scenes {
        hashes.push(issue(&world, &new_ticket(&world, scene)).await);
    }
    let [by_session, by_org, kept] = &scenes;
    transaction!(world, |tx| tx.orgs().delete(by_org.org).await).unwrap();
    let (over, user) = (by_session.session.id, by_session.session.user_id);
    transaction!(world, |tx| tx.sessions().end(user, SessionScope::One(over), world.after(-1)).await)
        .unwrap();
    let cutoffs =
        RetentionCutoffs { sessions_before: world.now, secrets_at: world.after(-60), mail_before: world.now };
    while world.store.apply_retention(&cutoffs).await.unwrap() > 0 {}
    assert_eq!(consume(&world, hashes[0], world.now).await, None);
    assert_eq!(consume(&world, hashes[1], world.now).await, None);
    assert_eq!(consume(&world, hashes[2], world.now).await.map(|ticket| ticket.org), Some(kept.org));
    let user = world.user().await.id;
    let session = world.session(user).await;
    let orphan = Ticket { actor: Actor { user, session: session.id }, ..new_ticket(&world, kept) };
    let hash = issue(&world, &orphan).await;
    transaction!(world, |tx| tx.users().delete(user).await).unwrap();
    assert_eq!(consume(&world, hash, world.now).await, None);
}

pub async fn a_ticket_presented_concurrently_is_used_once(world: World) {
    async fn open(world: World, hash: TokenHash) -> Result<bool, Error> {
        let used = transaction!(world, |tx| tx.tickets().consume(&hash, world.now).await);
        used.map(|ticket| ticket.is_some())
    }
    let ticket = new_ticket(&world, &scene(&world).await);
    for _ in 0..world.rounds {
        let hash = issue(&world, &ticket).await;
        assert_one_true(at_once((0..16).map(|_| open(world.clone(), hash)).collect()).await);
    }
}

pub async fn the_retention_deletes_expired_tickets(world: World) {
    let scene = scene(&world).await;
    let mut hashes = Vec::new();
    for seconds in [-1, 0, 1] {
        let ticket = Ticket { expires_at: world.after(seconds), ..new_ticket(&world, &scene) };
        hashes.push(issue(&world, &ticket).await);
    }
    let cutoffs =
        RetentionCutoffs { sessions_before: world.now, secrets_at: world.now, mail_before: world.now };
    assert_eq!(world.store.apply_retention(&cutoffs).await, Ok(2));
    assert_eq!(world.store.apply_retention(&cutoffs).await, Ok(0));
    let early = world.after(-30);
    assert_eq!(consume(&world, hashes[0], early).await, None);
    assert_eq!(consume(&world, hashes[1], early).await, None);
    assert!(consume(&world, hashes[2], early).await.is_some());
}
