//! Audit actions, targets, mails and limits of an embedding program, through the facade, on both databases.

use std::sync::Arc;
use std::time::Instant;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use async_trait::async_trait;
use bailiwick::app::audit::{Action, AuditEvent, Shown, Target, TargetKind};
use bailiwick::app::authority::{Allow, permission::OrgWrite};
use bailiwick::app::{
    Command, Error, Limit, MailMessage, OwnMail, OwnMailContent, RateLimitKey, Settings, Work,
};
use bailiwick::kernel::{Email, StoreError};
use bailiwick::prelude::{Problem, Running};
use bailiwick_testkit::CapturedMail;
use bailiwick_testkit::app::{Database, Engine, sql};
use serde_json::{Value, json};
use time::Duration;

use crate::support::{Owner, ada, builder, engines};

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

/// Sends a mail, and then perhaps fails.
struct SendReceipt {
    fails: bool,
}

#[async_trait]
impl Command for SendReceipt {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        let mail = OwnMail::new("invoice_refunded", "Refund of 12 EUR", "Hello,\n\nyou get 12 EUR back.")?;
        work.send_mail(&Email::parse("bob@example.com").unwrap(), None, mail).await?;
        work.audit(AuditEvent::new(SEND, invoice()));
        if self.fails { Err(StoreError::Refused("on purpose".to_owned()).into()) } else { Ok(()) }
    }
}

/// Sends a mail with this kind and subject.
struct SendMalformed(&'static str, &'static str);

#[async_trait]
impl Command for SendMalformed {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        let mail = OwnMail::new(self.0, self.1, "Hello")?;
        work.send_mail(&Email::parse("bob@example.com").unwrap(), None, mail).await
    }
}

const REFUNDS: Limit = Limit::own("refunds", 2, Duration::HOUR);
/// A limit with the name of one of bailiwick.
const INVITE: Limit = Limit::own("invite", 4, Duration::HOUR);

/// Counts towards limits: one for each customer, and one for the organization.
struct Refund {
    customer: &'static str,
}

#[async_trait]
impl Command for Refund {
    type Proof = Allow<OrgWrite>;
    type Output = ();

    fn counts(&self, proof: &Allow<OrgWrite>) -> Vec<(Limit, RateLimitKey)> {
        let customer = RateLimitKey::own(self.customer).map(|key| (REFUNDS, key));
        let of_org = (INVITE, RateLimitKey::Org(proof.context().org));
        customer.into_iter().chain([of_org]).collect()
    }

    async fn execute(&self, work: &mut Work<'_, Allow<OrgWrite>>) -> Result<(), Error> {
        work.audit(AuditEvent::new(REFUND, invoice()));
        Ok(())
    }
}

/// A shop with one organization, whose owner is an administrator of the platform too.
struct Shop {
    database: Database,
    bailiwick: Running,
    mail: Arc<CapturedMail>,
    allow: Allow<OrgWrite>,
    token: String,
}

impl Shop {
    async fn open(engine: &Engine) -> Self {
        Self::open_with(engine, Settings::default()).await
    }

    async fn open_with(engine: &Engine, settings: Settings) -> Self {
        let (database, mail) = (engine.create().await, Arc::new(CapturedMail::new()));
        let bailiwick = start(&database, &mail, settings).await;
        let Owner { allow, token } = ada(bailiwick.app()).await;
        sql::execute(database.url(), "UPDATE users SET platform_admin = (1 = 1)").await;
        Self { database, bailiwick, mail, allow, token }
    }

    async fn run<C: Command<Proof = Allow<OrgWrite>>>(&self, command: C) -> Result<C::Output, Error> {
        self.bailiwick.app().run(&self.allow, &command).await
    }

    /// Returns the status and the body of the response to a request for a path of the API.
    async fn send(&self, request: TestRequest, path: &str) -> (u16, Vec<u8>) {
        let service = init_service(App::new().configure(self.bailiwick.routes("/identity"))).await;
        let request = request.uri(&format!("/identity{path}"));
        let request = request.insert_header(("authorization", format!("Bearer {}", self.token)));
        let response = call_service(&service, request.to_request()).await;
        (response.status().as_u16(), read_body(response).await.to_vec())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.send(TestRequest::get(), path).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// Returns the mail of the shop in the outbox, as the platform's administrators see it.
    async fn listed_mail(&self) -> Vec<Value> {
        let (status, page) = self.get("/platform/outbox").await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap().iter();
        items.filter(|mail| mail["kind"] == "invoice_refunded").cloned().collect()
    }

    /// Waits until the mail of the shop is delivered, and returns its content.
    async fn delivered(&self) -> OwnMailContent {
        let until = Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let content = self.mail.delivered().into_iter().find_map(|mail| match mail.message {
                MailMessage::Own(own) => own.content(),
                _ => None,
            });
            if let Some(content) = content {
                return content;
            }
            assert!(Instant::now() < until, "no mail");
            tokio::task::yield_now().await;
        }
    }

    /// Returns the rows of the audit trail with these actions.
    async fn audit(&self, actions: &str) -> Vec<Value> {
        let org = self.allow.context().org;
        let (status, page) = self.get(&format!("/audit?org_id={org}&action={actions}")).await;
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().clone()
    }
}

async fn start(database: &Database, mail: &Arc<CapturedMail>, settings: Settings) -> Running {
    let builder = builder().database_url(database.url()).mailer(mail.clone());
    builder.settings(settings).start().await.unwrap()
}

#[actix_web::test]
async fn own_actions_are_listed_and_filtered() {
    for engine in engines("own names") {
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
        let (status, page) = shop.get("/platform/audit?action=invoice_item.*").await;
        assert_eq!((status, &page["items"][0]["action"]), (200, &json!("invoice_item.add")), "{page}");
        assert_eq!(shop.get("/platform/audit?action=role.burn").await.0, 422);
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

#[actix_web::test]
async fn an_own_mail_is_sealed_until_it_is_delivered_after_the_commit() {
    for engine in engines("own names") {
        let shop = Shop::open(&engine).await;
        shop.mail.fail_temporarily();
        shop.run(SendReceipt { fails: true }).await.unwrap_err();
        assert!(!sql::dump(shop.database.url()).await.contains("invoice_refunded"));

        shop.run(SendReceipt { fails: false }).await.unwrap();
        let stored = sql::dump(shop.database.url()).await;
        assert!(stored.contains("invoice_refunded") && stored.contains("sealed:"), "{stored}");
        assert!(!stored.contains("12 EUR"), "{stored}");
        let [waiting] = &shop.listed_mail().await[..] else { panic!("one mail") };
        assert_eq!((&waiting["token"], &waiting["recipient"]), (&json!("***"), &json!("bob@example.com")));
        assert!(!waiting.to_string().contains("12 EUR"), "{waiting}");

        shop.mail.recover();
        let send = format!("/platform/outbox/{}/send", waiting["id"].as_str().unwrap());
        let (status, _) = shop.send(TestRequest::post(), &send).await;
        assert!(matches!(status, 202 | 404), "{status}: the sender may have been faster");
        let content = shop.delivered().await;
        assert_eq!((&*content.subject, content.html), ("Refund of 12 EUR", None));
        assert_eq!(content.text, "Hello,\n\nyou get 12 EUR back.");
    }
}

#[actix_web::test]
async fn a_malformed_mail_is_refused_with_its_cause() {
    let shop = Shop::open(&Engine::Sqlite).await;
    for (kind, subject, why) in [
        ("invoice", "Refund\r\nBcc: eve@example.com", "one line"),
        ("invitation", "Refund", "no kind of mail of bailiwick"),
    ] {
        let error = shop.run(SendMalformed(kind, subject)).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(Problem::from(error).status(), 500);
    }
    assert!(!sql::dump(shop.database.url()).await.contains("Refund"));
}

#[actix_web::test]
async fn own_limits_refuse_with_the_time_to_wait() {
    let shop = Shop::open(&Engine::Sqlite).await;
    let refund = async |customer| shop.run(Refund { customer }).await;
    for customer in ["a", "a", "b"] {
        refund(customer).await.unwrap();
    }
    let problem = Problem::from(refund("a").await.unwrap_err());
    assert_eq!(problem.status(), 429);
    let headers = problem.headers();
    let (_, wait) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after")).unwrap();
    assert!((1_700..=1_800).contains(&wait.parse::<u32>().unwrap()), "half an hour: {wait}");
    refund("b").await.unwrap();
    let by_org = refund("c").await.unwrap_err();
    assert!(matches!(by_org, Error::Throttled(wait) if wait <= Duration::minutes(15)), "{by_org}");
    assert_eq!(shop.audit("invoice.refund").await.len(), 4);
}

#[actix_web::test]
async fn own_limits_are_off_with_all_others() {
    let settings = Settings { throttle_enabled: false, ..Settings::default() };
    let shop = Shop::open_with(&Engine::Sqlite, settings).await;
    for _ in 0..9 {
        shop.run(Refund { customer: "a" }).await.unwrap();
    }
}
