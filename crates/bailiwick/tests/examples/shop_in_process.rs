//! The routes and the table of the example `shop`, in the process of the test.

use bailiwick::app::authority::Public;
use bailiwick::prelude::SystemRole;
use bailiwick_testkit::app::{Point, TestApp};
use serde_json::json;

#[path = "../../examples/shop/invoices.rs"]
mod invoices;
#[path = "../../examples/shop/routes.rs"]
mod routes;

use invoices::{CreateTables, InvoicesRead, InvoicesRefund, InvoicesWrite, NO_SUCH_INVOICE};

#[tokio::test]
async fn a_table_of_ones_own_takes_part_in_commits_and_faults() {
    let shop = TestApp::builder()
        .routes(routes::routes)
        .permission::<InvoicesRead>("See invoices", SystemRole::Guest)
        .permission::<InvoicesWrite>("Write invoices", SystemRole::Member)
        .permission::<InvoicesRefund>("Refund invoices", SystemRole::Admin)
        .refusal(NO_SUCH_INVOICE)
        .sqlite()
        .start()
        .await;
    shop.app().run(&Public, &CreateTables).await.unwrap();
    let acme = shop.org("Acme").await;
    let invoices = format!("/organizations/{}/invoices", acme.id);
    let invoice = json!({ "customer": "Babbage", "cents": 1 });

    shop.faults().fail_next(Point::Commit);
    acme.owner.post(&invoices, invoice.clone()).await.assert_problem(503, "service_unavailable");
    assert_eq!(acme.owner.get(&invoices).await.is(200).json(), json!([]));
    acme.owner.post(&invoices, invoice).await.is(201);
    assert_eq!(acme.owner.get(&invoices).await.is(200).field("/0/customer"), "Babbage");
    acme.owner
        .post(&format!("{invoices}/2/refund"), json!({}))
        .await
        .assert_problem(404, "invoice_not_found");
    assert_eq!(shop.audit_of("invoice.write").await.len(), 1);
}
