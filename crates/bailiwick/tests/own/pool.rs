//! An embedding program with a pool of PostgreSQL and a table `users` of its own, in the same database.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed test panics

use std::path::Path;

use async_trait::async_trait;
use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick::app::authority::{Allow, Public, permission::OrgWrite};
use bailiwick::app::{Command, Error, Work};
use bailiwick::kernel::{DisplayName, Email};
use bailiwick::prelude::{Bailiwick, JwtKeys, Running};
use bailiwick::store::{Database, Options, PostgresPool, postgres_connection, store_error};
use bailiwick::users::Password;
use bailiwick_testkit::app::{Engine, sql};
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;

const PASSWORD: &str = "correct horse battery";

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
    Bailiwick::builder()
        .database(Database::from_postgres_pool(pool, listen_url, &options).unwrap())
        .jwt(JwtKeys::hs256(b"kZ8m1vQy2Tt0pXn5sJwE7rLh4bFgCd9a").unwrap())
        .mail_to_files(outbox)
        .public_url("https://shop.example/identity")
        .start()
        .await
        .unwrap()
}

fn ada() -> SignUp {
    SignUp {
        email: Email::parse("ada@example.com").unwrap(),
        password: Password::parse(PASSWORD).unwrap(),
        first_name: DisplayName::parse("Ada").unwrap(),
        last_name: DisplayName::parse("Lovelace").unwrap(),
        organization_name: None,
    }
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
    let SignedUp::Created(_, org) = app.sign_up(&Public, &ada()).await.unwrap() else {
        panic!("verification is required")
    };
    let login = LogIn { email: "ada@example.com".to_owned(), password: Password::claimed(PASSWORD) };
    let token = app.log_in(&Public, &login).await.unwrap().access_token.reveal().to_owned();
    let actor = app.read_token(&token).unwrap();
    let allow = app.authority().check(&actor, org.id, OrgWrite).await.unwrap();
    app.run(&allow, &Bill).await.unwrap();
    assert_eq!(sql::rows(url, "SELECT count(*) FROM invoices").await, ["1"]);
    assert_eq!(sql::rows(url, "SELECT id FROM users").await, ["7"]);

    // The program changes an account by its own pool, in a session that knows nothing of the schema.
    let mut conn = pool.get().await.unwrap();
    conn.batch_execute("UPDATE identity.users SET status = 'inactive'").await.unwrap();
    drop(conn);
    let refused = async {
        while app.authority().check(&actor, org.id, OrgWrite).await.is_ok() {
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
