//! What each operation answers, pinned: one snapshot for each operation of `/openapi.json`, with its
//! success and each of its usual refusals. `INSTA_UPDATE=always` renews the snapshots.

mod accounts;
mod authz;
mod credentials;
mod invitations;
mod members;
mod organizations;
mod pin;
mod placeholders;
mod platform;
mod public;
mod received;
mod roles;
mod scene;
mod sessions;
mod sockets;

use bailiwick_testkit::app::{Engine, TestApp};

/// Makes a test of each function, which has the name of an operation and returns the answers to pin.
macro_rules! pinned {
    ($($operation:ident),+ $(,)?) => {
        pub(super) const OPERATIONS: &[&str] = &[$(stringify!($operation)),+];

        mod pinned {
            $(
                #[tokio::test]
                async fn $operation() {
                    let scene = super::Scene::start().await;
                    let answers = super::$operation(&scene).await;
                    $crate::answers::pin::pin(&scene, stringify!($operation), answers).await;
                }
            )+
        }
    };
}
use pinned;

/// The operations that have a snapshot.
const PINNED: [&[&str]; 12] = [
    accounts::OPERATIONS,
    authz::OPERATIONS,
    credentials::OPERATIONS,
    invitations::OPERATIONS,
    members::OPERATIONS,
    organizations::OPERATIONS,
    public::OPERATIONS,
    platform::OPERATIONS,
    received::OPERATIONS,
    roles::OPERATIONS,
    sessions::OPERATIONS,
    sockets::OPERATIONS,
];

#[tokio::test]
async fn every_operation_of_the_description_is_pinned() {
    let app = TestApp::start(&Engine::Sqlite).await;
    let description = app.anyone().get("/openapi.json").await.is(200).json();
    let mut described = pin::operations(&description).map(|operation| operation.id).collect::<Vec<_>>();
    let mut pinned = PINNED.concat();
    described.sort_unstable();
    pinned.sort_unstable();
    assert_eq!(pinned, described);
}

#[test]
fn every_snapshot_belongs_to_an_operation() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("service/answers/snapshots");
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<_> = files.filter_map(|name| Some(name.strip_suffix(".snap")?.to_owned())).collect();
    let mut pinned = PINNED.concat();
    found.sort_unstable();
    pinned.sort_unstable();
    assert_eq!(found, pinned);
}
