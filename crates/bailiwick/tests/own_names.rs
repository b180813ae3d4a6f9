//! Audit actions and targets of an embedding program, through the facade, on both databases.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a failed test panics

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use async_trait::async_trait;
use bailiwick::app::accounts::{LogIn, SignUp, SignedUp};
use bailiwick::app::audit::{Action, AuditEvent, Shown, Target, TargetKind};
use bailiwick::app::authority::{Allow, Public, permission::OrgWrite};
use bailiwick::app::{Command, Error, Work};
use bailiwick::kernel::{DisplayName, Email};
use bailiwick::prelude::{Bailiwick, JwtKeys, Running};
use bailiwick::users::Password;
use bailiwick_testkit::app::{Database, Engine};
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

const REFUND: Action = Action::own("invoice.refund");
const SEND: Action = Action::own("invoice.send");
const ADD_ITEM: Action = Action::own("invoice_item.add");

const INVOICE: TargetKind = TargetKind::own("invoice");

/// An id of an invoice.
fn invoice() -> Target {
    Target::new(INVOICE, "0198c5a0-7d3e-7000-8000-00000000000a".parse().unwrap())
}

struct Cents(i64);

impl Shown for Cents {
    fn shown(&self) -> Value {
        Value::from(self.0)
    }
}

/// Leaves an audit row.
struct Report(Action);

#[async_trait]
impl Command for Report {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        work.audit(AuditEvent::new(self.0, invoice()).change("paid", &Cents(1_200), &Cents(0)));
        Ok(())
    }
}

/// A shop with one organization.
struct Shop {
    _database: Database,
    bailiwick: Running,
    allow: Allow<OrgWrite>,
    token: String,
    _outbox: TempDir,
}

impl Shop {
    async fn open(engine: &Engine) -> Self {
        let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
        let bailiwick = start(&database, &outbox).await;
        let app = bailiwick.app();
        let SignedUp::Created(_, org) = app.sign_up(&Public, &ada()).await.unwrap() else {
            panic!("verification is required")
        };
        let login = LogIn { email: "ada@example.com".to_owned(), password: Password::claimed(PASSWORD) };
        let token = app.log_in(&Public, &login).await.unwrap().access_token.reveal().to_owned();
        let actor = app.read_token(&token).unwrap();
        let allow = app.authority().check(&actor, org.id, OrgWrite).await.unwrap();
        Self { _database: database, bailiwick, allow, token, _outbox: outbox }
    }

    async fn run<C: Command<Proof = Allow<OrgWrite>>>(&self, command: C) -> Result<C::Output, Error> {
        self.bailiwick.app().run(&self.allow, &command).await
    }

    /// Returns the response to a GET of a path of the API, with its status.
    async fn get(&self, path: &str) -> (u16, Value) {
        let service = init_service(App::new().configure(self.bailiwick.routes("/identity"))).await;
        let request = TestRequest::get().uri(&format!("/identity{path}"));
        let request = request.insert_header(("authorization", format!("Bearer {}", self.token)));
        let response = call_service(&service, request.to_request()).await;
        (response.status().as_u16(), read_body_json(response).await)
    }

    /// Returns the rows of the audit trail with these actions.
    async fn audit(&self, actions: &str) -> Vec<Value> {
        let org = self.allow.context().org;
        let (status, page) = self.get(&format!("/audit?org_id={org}&action={actions}")).await;
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().clone()
    }
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

async fn start(database: &Database, outbox: &TempDir) -> Running {
    Bailiwick::builder()
        .database_url(database.url())
        .jwt(JwtKeys::hs256(&[7; 32]).unwrap())
        .mail_to_files(outbox.path())
        .public_url("https://shop.example")
        .start()
        .await
        .unwrap()
}

fn engines() -> Vec<Engine> {
    [Some(Engine::Sqlite), Engine::postgres_or_left_out("own names")].into_iter().flatten().collect()
}

#[actix_web::test]
async fn own_actions_are_listed_and_filtered() {
    for engine in engines() {
        let shop = Shop::open(&engine).await;
        for action in [REFUND, SEND, ADD_ITEM] {
            shop.run(Report(action)).await.unwrap();
        }
        let listed = async |actions: &str| -> Vec<Value> {
            shop.audit(actions).await.iter().map(|row| row["action"].clone()).collect()
        };
        assert_eq!(listed("invoice.*").await, ["invoice.send", "invoice.refund"]);
        assert_eq!(listed("invoice.refund").await, ["invoice.refund"]);
        assert_eq!(listed("invoice.cancel").await, Vec::<Value>::new());
        assert_eq!(listed("organization.*").await, ["organization.create"]);
        let [refund] = &shop.audit("invoice.refund").await[..] else { panic!("one row") };
        assert_eq!(refund["before"], json!({ "paid": 1200 }));
        assert_eq!(refund["after"], json!({ "paid": 0 }));
        let id = invoice().id.to_string();
        assert_eq!(refund["target"], json!({ "kind": "invoice", "id": id }));
        assert_eq!(listed(&format!("invoice.send&target={id}")).await, ["invoice.send"]);
        assert_eq!(
            listed(&format!("invoice.send&target={}", shop.allow.context().org)).await,
            [] as [&str; 0]
        );
    }
}
