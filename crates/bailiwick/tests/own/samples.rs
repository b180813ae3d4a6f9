//! The samples of `docs/embedding.md` in the shape of a program, so that they are compiled. A test of the
//! whole compares the two (`tests/samples.rs`).
#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    clippy::needless_return,
    clippy::unused_async,
    reason = "most are parts of functions, and are only compiled"
)]

use std::convert::Infallible;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use async_trait::async_trait;
use bailiwick::Builder;
use bailiwick::app::audit::{Action, AuditEvent, Shown, Target, TargetKind};
use bailiwick::app::sockets::PublishEvent;
use bailiwick::app::{App, Limit, OwnMail, RateLimitKey};
use bailiwick::kernel::{OrgId, StoreError};
use bailiwick::prelude::*;
use bailiwick::store::{
    Database, OpenError, Options, PostgresPool, postgres_connection, sqlite_connection, store_error,
};
use bailiwick::users::User;
use diesel::{ExpressionMethods, Insertable, QueryDsl, insert_into};
use diesel_async::RunQueryDsl;
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use uuid::Uuid;

permissions! {
    /// May see invoices.
    InvoicesRead = "invoices:read";
}

permissions! {
    /// May refund invoices.
    InvoicesRefund = "invoices:refund";
}

diesel::table! {
    invoices (number) {
        number -> BigInt,
        org_id -> Binary,
    }
}

#[derive(Insertable)]
#[diesel(table_name = invoices)]
struct Row {
    number: i64,
}

/// The amount of an invoice.
struct Cents(i64);

impl Shown for Cents {
    fn shown(&self) -> Value {
        Value::from(self.0)
    }
}

fn other_database() -> Error {
    StoreError::Refused("the tables of the shop are on PostgreSQL".to_owned()).into()
}

/// Returns the stored form of the id of an organization on SQLite.
fn key(org: OrgId) -> Vec<u8> {
    org.as_uuid().as_bytes().to_vec()
}

mod tables {
    use super::*;
    use bailiwick::app::authority::Allow;

    async fn write(work: &mut Work<'_, Allow<InvoicesRefund>>, row: Row) -> Result<(), Error> {
        let Some(conn) = postgres_connection(work.tx).await else { return Err(other_database()) };
        insert_into(invoices::table).values(&row).execute(conn?).await.map_err(store_error)?;
        Ok(())
    }

    fn in_a_schema(url: &str) -> Builder {
        let options = Options { schema: Some("identity".into()), ..Options::default() };
        Bailiwick::builder().database_url(url).database_options(options)
    }

    fn by_a_pool(pool: &PostgresPool, url: &str, options: Options) -> Result<Builder, OpenError> {
        let database = Database::from_postgres_pool(pool.clone(), Some(url), &options)?;
        let builder = Bailiwick::builder().database(database);
        Ok(builder)
    }
}

mod names {
    use super::*;
    use bailiwick::app::authority::Allow;

    const REFUND: Action = Action::own("invoice.refund");
    const INVOICE: TargetKind = TargetKind::own("invoice");

    fn record(work: &mut Work<'_, Allow<InvoicesRefund>>, id: Uuid) {
        let refund = AuditEvent::new(REFUND, Target::new(INVOICE, id));
        work.audit(refund.change("paid", &Cents(1_200), &Cents(0)));
    }

    async fn send(work: &mut Work<'_, Allow<InvoicesRefund>>, customer: &User) -> Result<(), Error> {
        let mail = OwnMail::new("invoice_refunded", "Refund of 12 EUR", "Hello,\n\nyou get 12 EUR back.")?;
        work.send_mail(&customer.email, customer.language.clone(), mail).await?;
        Ok(())
    }

    const REFUNDS: Limit = Limit::own("refunds", 5, time::Duration::HOUR); // 5 at once, replenished in an hour

    struct Refund {
        customer: Uuid,
    }

    impl Refund {
        fn counts(&self, _: &Allow<InvoicesRefund>) -> Vec<(Limit, RateLimitKey)> {
            vec![(REFUNDS, RateLimitKey::own_id(self.customer))]
        }
    }
}

mod vetoes {
    use super::*;

    const SEATS_TAKEN: OwnRefusal =
        OwnRefusal::conflict("seats_taken", "All seats are taken", "Remove a member, or buy more seats.");

    fn refuse(seats: u32) -> Result<(), Error> {
        return Err(SEATS_TAKEN.with_detail(format!("All {seats} seats are taken")).into());
    }

    async fn seats_in_use(_: &mut dyn Tx, _: OrgId) -> Result<u32, Error> {
        Ok(1)
    }

    async fn seats_bought(_: &mut dyn Tx, _: OrgId) -> Result<u32, Error> {
        Ok(1)
    }

    use bailiwick::app::changes::MemberJoined;

    struct SeatLimit;

    #[async_trait]
    impl Veto<MemberJoined> for SeatLimit {
        async fn review(&self, joined: &Change<MemberJoined>, tx: &mut dyn Tx) -> Result<(), Error> {
            let Some(org) = joined.org() else { return Ok(()) };
            let (used, bought) = (seats_in_use(tx, org).await?, seats_bought(tx, org).await?);
            if used > bought { Err(SEATS_TAKEN.into()) } else { Ok(()) }
        }
    }

    fn with_a_veto() -> Builder {
        Bailiwick::builder().veto(MemberJoined, SeatLimit).refusal(SEATS_TAKEN)
    }
}

mod readers {
    use super::*;
    use bailiwick::app::feed::ReaderNameError;
    use bailiwick::kernel::UserId;

    #[derive(Clone)]
    struct Crm;

    impl Crm {
        async fn add(&self, _: Option<OrgId>, _: UserId) -> std::io::Result<()> {
            Ok(())
        }

        async fn remove(&self, _: Option<OrgId>, _: UserId) -> std::io::Result<()> {
            Ok(())
        }
    }

    use bailiwick::app::changes::{MemberJoined, MemberRemoved};

    fn with_a_reader(crm: &Crm) -> Result<Builder, ReaderNameError> {
        let (add, remove) = (crm.clone(), crm.clone()); // each call of a handler needs a clone of its own
        let reader = FeedReader::new("crm")?
            .on(MemberJoined, move |joined| {
                let crm = add.clone();
                async move { Ok(crm.add(joined.org(), joined.target()).await?) }
            })
            .on(MemberRemoved, move |removed| {
                let crm = remove.clone();
                async move { Ok(crm.remove(removed.org(), removed.target()).await?) }
            });
        Ok(Bailiwick::builder().reader(reader))
    }
}

mod use_cases {
    use super::*;
    use bailiwick::app::authority::Allow;

    struct ListInvoices;

    #[async_trait]
    impl Query for ListInvoices {
        type Proof = Allow<InvoicesRead>;
        type Output = Vec<i64>;

        async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Vec<i64>, Error> {
            let of_org = invoices::org_id.eq(key(work.proof.context().org));
            let numbers = invoices::table.filter(of_org).select(invoices::number);
            let Some(conn) = sqlite_connection(work.tx).await else { return Err(other_database()) };
            Ok(numbers.load(conn?).await.map_err(store_error)?)
        }
    }

    async fn publish(app: &App, org: OrgId, data: Value) -> Result<(), Error> {
        let event = PublishEvent { event: InvoicesRead::permission().clone(), channel: None, data };
        app.publish(org, event).await?;
        Ok(())
    }
}

/// Streams rows while the caller may see invoices.
pub fn stream(
    allow: &Allow<InvoicesRead>,
    app: &App,
    rows: impl Stream<Item = Result<Bytes, Infallible>> + 'static,
) -> HttpResponse {
    let lost = app.authority().follow::<InvoicesRead>(&allow.actor(), allow.context().org);
    HttpResponse::Ok().streaming(rows.take_until(lost)) // `take_until` of futures_util::StreamExt
}
