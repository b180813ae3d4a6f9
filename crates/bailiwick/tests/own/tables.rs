//! A table of an embedding program, written in the transactions of its commands, on both databases.

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use async_trait::async_trait;
use bailiwick::app::audit::{Action, AuditEvent};
use bailiwick::app::authority::{Allow, permission::OrgWrite};
use bailiwick::app::{Command, Error, Work};
use bailiwick::kernel::{OrgId, StoreError};
use bailiwick::prelude::Running;
use bailiwick::store::{
    PostgresConnection, SqliteConnection, postgres_connection, sqlite_connection, store_error,
};
use bailiwick_testkit::app::{Database, Engine, sql};
use diesel::result::Error as DieselError;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::{Owner, ada, builder, count, engines};

const TABLE: &str =
    "CREATE TABLE invoices (number INTEGER PRIMARY KEY, org_id {id} NOT NULL REFERENCES organizations (id))";

/// What a command does to the table of invoices.
#[derive(Clone, Copy)]
enum Deed {
    /// Inserts an invoice.
    Write,
    /// Inserts an invoice, and then the command fails.
    WriteAndFail,
    /// Inserts the same invoice twice, which the table refuses.
    WriteTwice,
    /// Inserts an invoice in an inner transaction that fails, and goes on.
    WriteInFailedInner,
    /// Drops an inner transaction in the middle, and goes on.
    DropInner,
}

/// A macro, because the two connections have no type in common that the compiler can check here.
macro_rules! act {
    ($kind:ty, $conn:expr, $deed:expr, $insert:expr) => {{
        let (conn, deed, insert): (&mut $kind, Deed, String) = ($conn, $deed, $insert);
        match deed {
            Deed::Write => conn.batch_execute(&insert).await.map_err(failed),
            Deed::WriteTwice => {
                conn.batch_execute(&insert).await.map_err(failed)?;
                conn.batch_execute(&insert).await.map_err(failed)
            }
            Deed::WriteAndFail => {
                conn.batch_execute(&insert).await.map_err(failed)?;
                Err(StoreError::Refused("on purpose".to_owned()).into())
            }
            Deed::WriteInFailedInner => {
                let inner = conn.transaction(async move |conn: &mut $kind| {
                    conn.batch_execute(&insert).await?;
                    Err::<(), _>(DieselError::RollbackTransaction)
                });
                assert_eq!(inner.await, Err(DieselError::RollbackTransaction));
                Ok(())
            }
            Deed::DropInner => {
                let (reached, inserted) = oneshot::channel();
                let inner = conn.transaction(async move |conn: &mut $kind| {
                    conn.batch_execute(&insert).await?;
                    reached.send(()).unwrap();
                    std::future::pending::<Result<(), DieselError>>().await
                });
                tokio::select! {
                    ended = inner => panic!("{ended:?}"),
                    reached = inserted => reached.unwrap(),
                }
                Ok(())
            }
        }
    }};
}

struct Bill(Deed);

#[async_trait]
impl Command for Bill {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        let org = work.proof.context().org;
        work.audit(AuditEvent::new(Action::OrganizationUpdate, org).after("invoice", "1"));
        if let Some(conn) = postgres_connection(work.tx).await {
            return act!(PostgresConnection, conn?, self.0, insert(org, |id| format!("'{id}'")));
        }
        let Some(conn) = sqlite_connection(work.tx).await else { panic!("another store") };
        act!(SqliteConnection, conn?, self.0, insert(org, |id| format!("x'{}'", id.replace('-', ""))))
    }
}

fn insert(org: OrgId, id: impl Fn(&str) -> String) -> String {
    format!("INSERT INTO invoices (number, org_id) VALUES (1, {})", id(&org.to_string()))
}

fn failed(error: DieselError) -> Error {
    store_error(error).into()
}

/// A shop with one organization.
struct Shop {
    database: Database,
    bailiwick: Running,
    allow: Allow<OrgWrite>,
    token: String,
    _outbox: TempDir,
}

impl Shop {
    async fn open(engine: &Engine) -> Self {
        let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
        let builder = builder().database_url(database.url()).mail_to_files(outbox.path());
        let bailiwick = builder.start().await.unwrap();
        let id = if database.url().starts_with("sqlite") { "BLOB" } else { "UUID" };
        sql::execute(database.url(), &TABLE.replace("{id}", id)).await;
        let Owner { allow, token } = ada(bailiwick.app()).await;
        Self { database, bailiwick, allow, token, _outbox: outbox }
    }

    async fn run(&self, deed: Deed) -> Result<(), Error> {
        self.bailiwick.app().run(&self.allow, &Bill(deed)).await
    }

    /// Returns the number of invoices, and of audit rows about them.
    async fn stored(&self) -> [String; 2] {
        let audit = "audit_log WHERE action = 'organization.update'";
        [count(&self.database, "invoices").await, count(&self.database, audit).await]
    }
}

#[actix_web::test]
async fn an_invoice_and_its_audit_row_are_committed_or_neither() {
    for engine in engines("own tables") {
        let shop = Shop::open(&engine).await;
        for deed in [Deed::WriteAndFail, Deed::WriteTwice] {
            shop.run(deed).await.unwrap_err();
            assert_eq!(shop.stored().await, ["0", "0"]);
        }
        shop.run(Deed::Write).await.unwrap();
        assert_eq!(shop.stored().await, ["1", "1"]);
    }
}

#[actix_web::test]
async fn an_inner_transaction_is_a_savepoint() {
    for engine in engines("own tables") {
        let shop = Shop::open(&engine).await;
        shop.run(Deed::WriteInFailedInner).await.unwrap();
        assert_eq!(shop.stored().await, ["0", "1"]);
    }
}

#[actix_web::test]
async fn a_dropped_inner_transaction_commits_nothing() {
    for engine in engines("own tables") {
        let shop = Shop::open(&engine).await;
        let refused = shop.run(Deed::DropInner).await.unwrap_err();
        assert!(refused.to_string().contains("inner transaction"), "{refused}");
        assert_eq!(shop.stored().await, ["0", "0"]);
        shop.run(Deed::Write).await.unwrap();
        assert_eq!(shop.stored().await, ["1", "1"]);
    }
}

#[actix_web::test]
async fn an_organization_with_invoices_is_not_deleted() {
    for engine in engines("own tables") {
        let shop = Shop::open(&engine).await;
        shop.run(Deed::Write).await.unwrap();
        let service = init_service(App::new().configure(shop.bailiwick.routes("/identity"))).await;
        let path = format!("/identity/organizations/{}", shop.allow.context().org);
        let request = TestRequest::delete().uri(&path);
        let request = request.insert_header(("authorization", format!("Bearer {}", shop.token)));
        let response = call_service(&service, request.to_request()).await;
        assert_eq!(response.status(), 409);
        let problem: Value = read_body_json(response).await;
        assert_eq!(problem["code"], json!("still_referenced"), "{problem}");
        assert_eq!(shop.stored().await[0], "1");
    }
}
