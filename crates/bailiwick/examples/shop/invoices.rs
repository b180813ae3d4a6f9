//! The table of invoices, and the use cases that read and write it.

use async_trait::async_trait;
use bailiwick::app::audit::{Action, AuditEvent};
use bailiwick::app::authority::{Allow, Public};
use bailiwick::app::ports::Tx;
use bailiwick::app::{Command, Error, Limit, OwnRefusal, Query, RateLimitKey, Work};
use bailiwick::kernel::{OrgId, StoreError, Timestamp};
use bailiwick::prelude::permissions;
use bailiwick::store::{SqliteConnection, sqlite_connection, store_error};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, insert_into, update};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde::Serialize;
use time::Duration;

/// Maximum number of invoices in a list.
const LONGEST_LIST: i64 = 100;
/// Refunds that an account makes, in all organizations.
const REFUNDS: Limit = Limit::own("refunds", 20, Duration::HOUR);

/// Actions in the audit trail.
const WRITTEN: Action = Action::own("invoice.write");
const REFUNDED: Action = Action::own("invoice.refund");

/// The organization has no such invoice.
pub const NO_SUCH_INVOICE: OwnRefusal = OwnRefusal::not_found(
    "invoice_not_found",
    "Invoice not found",
    "List the invoices by GET /organizations/{org_id}/invoices.",
);
/// The invoice was refunded before.
pub const REFUNDED_BEFORE: OwnRefusal = OwnRefusal::conflict(
    "invoice_refunded",
    "Invoice is refunded already",
    "There is nothing left to refund.",
);

/// Accounts may be deleted, so `refunded_by` becomes NULL then. An organization with invoices is kept:
/// its deletion is refused with 409.
const TABLES: &str = "CREATE TABLE IF NOT EXISTS invoices (
    number INTEGER PRIMARY KEY,
    org_id BLOB NOT NULL REFERENCES organizations (id),
    customer TEXT NOT NULL,
    cents BIGINT NOT NULL CHECK (cents > 0),
    refunded_at BIGINT, -- microseconds since 1970
    refunded_by BLOB REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS invoices_org ON invoices (org_id);
CREATE INDEX IF NOT EXISTS invoices_refunded_by ON invoices (refunded_by);";

diesel::table! {
    invoices (number) {
        number -> BigInt,
        org_id -> Binary,
        customer -> Text,
        cents -> BigInt,
        refunded_at -> Nullable<BigInt>,
        refunded_by -> Nullable<Binary>,
    }
}

permissions! {
    /// May see invoices.
    InvoicesRead = "invoices:read";
    /// May write invoices.
    InvoicesWrite = "invoices:write";
    /// May refund invoices.
    InvoicesRefund = "invoices:refund";
}

/// An invoice of an organization.
#[derive(Clone, Debug, Serialize)]
pub struct Invoice {
    /// Its number, unique in the shop.
    pub number: i64,
    /// Name of the customer.
    pub customer: String,
    /// The amount, in cents.
    pub cents: i64,
    /// Time of the refund.
    pub refunded_at: Option<Timestamp>,
}

type Row = (i64, String, i64, Option<i64>);

const COLUMNS: (invoices::number, invoices::customer, invoices::cents, invoices::refunded_at) =
    (invoices::number, invoices::customer, invoices::cents, invoices::refunded_at);

impl From<Row> for Invoice {
    fn from((number, customer, cents, refunded_at): Row) -> Self {
        let refunded_at = refunded_at.and_then(Timestamp::from_unix_micros);
        Self { number, customer, cents, refunded_at }
    }
}

/// Creates the table of invoices unless it exists. Run once, at the start.
pub struct CreateTables;

#[async_trait]
impl Command for CreateTables {
    type Proof = Public; // the program itself runs it, no route does
    type Output = ();

    async fn execute(&self, work: &mut Work<'_, Public>) -> Result<(), Error> {
        connection(work.tx).await?.batch_execute(TABLES).await.map_err(failed)
    }
}

/// Lists the invoices of the organization, newest first.
pub struct ListInvoices;

#[async_trait]
impl Query for ListInvoices {
    type Proof = Allow<InvoicesRead>;
    type Output = Vec<Invoice>;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Vec<Invoice>, Error> {
        let of_org = invoices::org_id.eq(key(work.proof.context().org));
        let query = invoices::table.filter(of_org).order(invoices::number.desc()).limit(LONGEST_LIST);
        let rows = query.select(COLUMNS).load::<Row>(connection(work.tx).await?).await.map_err(failed)?;
        Ok(rows.into_iter().map(Invoice::from).collect())
    }
}

/// Writes an invoice of the organization.
pub struct WriteInvoice {
    /// Name of the customer.
    pub customer: String,
    /// The amount, in cents; positive.
    pub cents: i64,
}

#[async_trait]
impl Command for WriteInvoice {
    type Proof = Allow<InvoicesWrite>;
    type Output = Invoice;

    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Invoice, Error> {
        let org = work.proof.context().org;
        let values = (
            invoices::org_id.eq(key(org)),
            invoices::customer.eq(self.customer.clone()),
            invoices::cents.eq(self.cents),
        );
        let insert = insert_into(invoices::table).values(values).returning(COLUMNS);
        let row = insert.get_result::<Row>(connection(work.tx).await?).await.map_err(failed)?;
        let invoice = Invoice::from(row);
        work.audit(changed(org, WRITTEN, &invoice));
        Ok(invoice)
    }
}

/// Refunds an invoice of the organization, at most once.
pub struct RefundInvoice {
    /// Its number.
    pub number: i64,
}

#[async_trait]
impl Command for RefundInvoice {
    type Proof = Allow<InvoicesRefund>;
    type Output = Invoice;

    fn counts(&self, proof: &Self::Proof) -> Vec<(Limit, RateLimitKey)> {
        vec![(REFUNDS, RateLimitKey::User(proof.context().user))]
    }

    /// The organization is locked, so no other command refunds the invoice between the two statements.
    async fn execute(&self, work: &mut Work<'_, Self::Proof>) -> Result<Invoice, Error> {
        let (org, user, now) = (work.proof.context().org, work.proof.context().user, work.now);
        let conn = connection(work.tx).await?;
        // Without the organization, a caller could refund the invoices of another one.
        let wanted = invoices::table.find(self.number).filter(invoices::org_id.eq(key(org)));
        let found = wanted.select(COLUMNS).first::<Row>(conn).await.optional().map_err(failed)?;
        let mut invoice = found.map(Invoice::from).ok_or(NO_SUCH_INVOICE)?;
        if invoice.refunded_at.is_some() {
            return Err(REFUNDED_BEFORE.into());
        }
        let by = user.as_uuid().as_bytes().to_vec();
        let refund = (invoices::refunded_at.eq(now.unix_micros()), invoices::refunded_by.eq(by));
        update(invoices::table.find(self.number)).set(refund).execute(conn).await.map_err(failed)?;
        invoice.refunded_at = Some(now);
        work.audit(changed(org, REFUNDED, &invoice));
        Ok(invoice)
    }
}

/// Returns the audit event of a change of this invoice.
fn changed(org: OrgId, action: Action, invoice: &Invoice) -> AuditEvent {
    AuditEvent::new(action, org).after("number", &invoice.number)
}

/// Returns the connection of the open transaction.
async fn connection(tx: &mut dyn Tx) -> Result<&mut SqliteConnection, Error> {
    let other_store = || StoreError::Refused("the tables of the shop are on SQLite".to_owned());
    Ok(sqlite_connection(tx).await.ok_or_else(other_store)??)
}

/// Returns the stored form of the id of an organization.
fn key(org: OrgId) -> Vec<u8> {
    org.as_uuid().as_bytes().to_vec()
}

fn failed(error: diesel::result::Error) -> Error {
    store_error(error).into()
}
