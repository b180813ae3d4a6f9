//! Readers of the feed in running services, on both databases.

use std::collections::BTreeMap;
use std::time::Duration;

use bailiwick::app::accounts::SignedUp;
use bailiwick::app::authority::Public;
use bailiwick::app::changes::{AccountSignedUp, OrganizationCreated, OrganizationUpdated};
use bailiwick::app::feed::FeedReader;
use bailiwick::kernel::OrgId;
use bailiwick::prelude::Running;
use bailiwick::{BuildError, Builder};
use bailiwick_testkit::app::{Database, Engine};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::support::{builder, engines, sign_up};

/// How long a delivery may take.
const LONGEST: Duration = Duration::from_mins(1);

fn on(database: &Database, outbox: &TempDir) -> Builder {
    builder().database_url(database.url()).mail_to_files(outbox.path())
}

/// A reader that sends the organizations that were created.
fn crm(to: &UnboundedSender<OrgId>) -> FeedReader {
    let to = to.clone();
    FeedReader::new("crm").unwrap().on(OrganizationCreated, move |created| {
        to.send(created.target()).unwrap();
        async { Ok(()) }
    })
}

async fn create(bailiwick: &Running, name: &str) -> OrgId {
    let request = sign_up(&format!("{name}@example.com"));
    match bailiwick.app().sign_up(&Public, &request).await.unwrap() {
        SignedUp::Created(_, org) => org.id,
        SignedUp::MailSent => panic!("verification is required"),
    }
}

async fn next<T>(seen: &mut UnboundedReceiver<T>) -> T {
    timeout(LONGEST, seen.recv()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_gets_each_change_soon_also_those_from_before_a_restart() {
    for engine in engines("the feed") {
        let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
        let (to, mut seen) = unbounded_channel();
        let bailiwick = on(&database, &outbox).reader(crm(&to)).start().await.unwrap();
        for name in ["ada", "bob"] {
            assert_eq!(create(&bailiwick, name).await, next(&mut seen).await);
        }
        bailiwick.stop().await;
        drop(bailiwick);

        let without = on(&database, &outbox).start().await.unwrap();
        let missed = create(&without, "eve").await;
        without.stop().await;
        drop(without);

        let bailiwick = on(&database, &outbox).reader(crm(&to)).start().await.unwrap();
        assert_eq!(missed, next(&mut seen).await);
        bailiwick.stop().await;
        assert!(seen.try_recv().is_err(), "nothing comes twice while nothing fails");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_changes_of_a_reader() {
    let Some(engine) = Engine::postgres_or_left_out("two readers") else { return };
    let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
    let (to, mut seen) = unbounded_channel();
    let mut nodes = Vec::new();
    for _ in 0..2 {
        nodes.push(on(&database, &outbox).reader(crm(&to)).start().await.unwrap());
    }
    let mut expected = BTreeMap::new();
    for (number, node) in (0..12).zip(nodes.iter().cycle()) {
        expected.insert(create(node, &format!("user{number}")).await, 1);
    }
    let mut deliveries = BTreeMap::new();
    for _ in 0..expected.len() {
        *deliveries.entry(next(&mut seen).await).or_default() += 1;
    }
    for node in nodes {
        node.stop().await;
    }
    assert_eq!(deliveries, expected);
    assert!(seen.try_recv().is_err());
}

#[tokio::test]
async fn two_readers_of_one_name_are_not_built() {
    let (database, outbox) = (Engine::Sqlite.create().await, tempfile::tempdir().unwrap());
    let reader = || FeedReader::new("crm").unwrap();
    let twice = on(&database, &outbox)
        .reader(reader().on(AccountSignedUp, |_| async { Ok(()) }))
        .reader(reader().on(OrganizationUpdated, |_| async { Ok(()) }));
    let error = twice.build().await.unwrap_err();
    assert!(matches!(&error, BuildError::Reader(name) if name == "crm"), "{error}");
}
