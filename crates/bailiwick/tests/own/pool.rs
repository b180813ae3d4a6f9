//! An embedding program with a pool of PostgreSQL and a table `users` of its own, in the same database.

use std::path::Path;

use async_trait::async_trait;
use bailiwick::app::authority::{Allow, permission::OrgWrite};
use bailiwick::app::{Command, Error, Work};
use bailiwick::prelude::Running;
use bailiwick::store::{Database, Options, PostgresPool, postgres_connection, store_error};
use bailiwick_testkit::app::{Engine, sql};
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;

use crate::support::{ada, builder};

/// Writes into a table of the program, which its own schema names.
struct Bill;

#[async_trait]
impl Command for Bill {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        let org = work.proof.context().org;
        let Some(conn) = postgres_connection(work.tx).await else { panic!("another store") };
        let insert = format!("INSERT INTO public.invoices VALUES (1, '{org}')");
        Ok(conn?.batch_execute(&insert).await.map_err(store_error)?)
    }
}

async fn start(pool: PostgresPool, listen_url: Option<&str>, outbox: &Path) -> Running {
    let options = Options { schema: Some("identity".to_owned()), ..Options::default() };
    let database = Database::from_postgres_pool(pool, listen_url, &options).unwrap();
    builder().database(database).mail_to_files(outbox).start().await.unwrap()
}

async fn serves(listens: bool) {
    let Some(engine) = Engine::postgres_or_left_out("an own pool") else { return };
    let (place, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
    let url = place.url();
    sql::execute(url, "CREATE TABLE users (id integer PRIMARY KEY); INSERT INTO users VALUES (7)").await;
    let pool = PostgresPool::builder(AsyncDieselConnectionManager::new(url)).max_size(3).build().unwrap();
    let bailiwick = start(pool.clone(), listens.then_some(url), outbox.path()).await;
    sql::execute(
        url,
        "CREATE TABLE invoices (number integer, org uuid REFERENCES identity.organizations (id))",
    )
    .await;

    let app = bailiwick.app();
    let allow = ada(app).await.allow;
    let (actor, org) = (allow.actor(), allow.context().org);
    app.run(&allow, &Bill).await.unwrap();
    assert_eq!(sql::rows(url, "SELECT count(*) FROM invoices").await, ["1"]);
    assert_eq!(sql::rows(url, "SELECT id FROM users").await, ["7"]);

    // The program changes an account by its own pool, in a session that knows nothing of the schema.
    let mut conn = pool.get().await.unwrap();
    conn.batch_execute("UPDATE identity.users SET status = 'inactive'").await.unwrap();
    drop(conn);
    let refused = async {
        while app.authority().check(&actor, org, OrgWrite).await.is_ok() {
            assert!(listens, "without a cache the database is asked");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), refused).await.unwrap();
    bailiwick.stop().await;
    drop(pool);
}

#[actix_web::test]
async fn a_program_shares_its_pool_and_its_database() {
    serves(true).await;
}

#[actix_web::test]
async fn without_a_url_to_listen_by_each_check_asks_the_database() {
    serves(false).await;
}
