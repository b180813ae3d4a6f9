//! The routes of the shop, behind the checks of bailiwick.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{get, post};
use bailiwick::app::sockets::PublishEvent;
use bailiwick::http::extract::{Fields, Input, PathId, WireId};
use bailiwick::kernel::OrgId;
use bailiwick::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::invoices::{
    Invoice, InvoicesRead, InvoicesRefund, InvoicesWrite, ListInvoices, NO_SUCH_INVOICE, RefundInvoice,
    WriteInvoice,
};

/// Mounts the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    resource(cfg, "/organizations/{org_id}/invoices", [get().to(list), post().to(write)]);
    resource(cfg, "/organizations/{org_id}/invoices/{number}/refund", [post().to(refund)]);
}

async fn list(allow: Allow<InvoicesRead>, app: Service) -> Result<HttpResponse, Problem> {
    Ok(response::json(StatusCode::OK, &app.query(&allow, &ListInvoices).await?))
}

async fn write(
    allow: Allow<InvoicesWrite>,
    Body(new): Body<InvoiceBody>,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let invoice = app.run(&allow, &new).await?;
    tell(&app, allow.context().org, "written", &invoice).await;
    Ok(response::json(StatusCode::CREATED, &invoice))
}

async fn refund(
    allow: Allow<InvoicesRefund>,
    path: PathId,
    _: NoBody,
    app: Service,
) -> Result<HttpResponse, Problem> {
    let InvoiceNumber(number) = path.id("number").ok_or(NO_SUCH_INVOICE)?;
    let invoice = app.run(&allow, &RefundInvoice { number }).await?;
    tell(&app, allow.context().org, "refunded", &invoice).await;
    Ok(response::json(StatusCode::OK, &invoice))
}

/// Tells the sockets of the organization whose users may see invoices. The change is committed, so if no
/// event can be published, clients see it at their next request.
async fn tell(app: &Service, org: OrgId, change: &str, invoice: &Invoice) {
    let data = json!({ "change": change, "invoice": invoice });
    let event = PublishEvent { event: InvoicesRead::permission().clone(), channel: None, data };
    if let Err(error) = app.publish(org, event).await {
        eprintln!("no event about invoice {}: {error}", invoice.number);
    }
}

/// The body of a new invoice.
#[derive(Deserialize)]
struct InvoiceBody {
    customer: Option<String>,
    cents: Option<i64>,
}

impl Input for InvoiceBody {
    type Value = WriteInvoice;

    fn check(self, fields: &mut Fields) -> Option<WriteInvoice> {
        let customer = fields.required("/customer", self.customer, |text: &str| match text.trim() {
            "" => Err("a customer has a name"),
            name => Ok(name.to_owned()),
        });
        let cents = fields.required("/cents", self.cents, |cents: &i64| match *cents {
            1.. => Ok(*cents),
            _ => Err("the amount is at least one cent"),
        });
        Some(WriteInvoice { customer: customer?, cents: cents? })
    }
}

/// The number of an invoice in a path.
struct InvoiceNumber(i64);

impl WireId for InvoiceNumber {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}
