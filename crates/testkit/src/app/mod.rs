//! The whole service in a test: an HTTP server on a port of its own, a database, a clock that the
//! test moves, and the mail captured.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    reason = "a test that cannot go on has failed"
)]

mod builder;
mod caller;
mod certificates;
mod database;
mod delivery;
mod description;
mod dice;
mod faults;
mod inspect;
mod mailbox;
mod matrix;
mod options;
mod org;
mod postbox;
mod proxy;
mod reply;
mod schema;
mod service;
mod socket;
pub mod sql;
mod start;
mod template;
mod user;

pub use builder::TestAppBuilder;
pub use caller::{Caller, OrgTarget, UserTarget};
pub use certificates::Certificates;
pub use database::{Database, Engine};
pub use dice::Dice;
pub use faults::{Faults, Point};
pub use mailbox::{Mail, Mailbox};
pub use matrix::{AccessMatrix, Route};
pub use options::{Checks, Own, OwnStore, SECRET, TestAppOptions};
pub use org::Org;
pub use postbox::Postbox;
pub use proxy::Proxy;
pub use reply::Reply;
pub use service::TestApp;
pub use socket::Socket;
pub use user::UserBuilder;

/// Turns `async fn NAME(engine: Engine)` into one test per database engine. The PostgreSQL test
/// passes with a notice if `BAILIWICK_TEST_POSTGRES` names no server, and fails then if
/// `BAILIWICK_TEST_REQUIRE` is set.
#[macro_export]
macro_rules! on_every_engine {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use $crate::app::Engine;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(engine) = Engine::postgres_or_left_out(stringify!($name)) {
                    super::$name(engine).await;
                }
            }
        }
    )+};
}
