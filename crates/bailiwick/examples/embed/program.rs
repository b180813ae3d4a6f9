// The program that the README shows.

use actix_web::{App, HttpServer};
use bailiwick::prelude::*;

mod shop {
    use actix_web::HttpResponse;
    use actix_web::http::StatusCode;
    use actix_web::web::{get, post};
    use bailiwick::prelude::*;

    permissions! {
        /// May see invoices.
        InvoicesRead = "invoices:read";
        /// May refund invoices.
        InvoicesRefund = "invoices:refund";
    }

    pub fn routes(cfg: &mut ServiceConfig) {
        resource(cfg, "/organizations/{org_id}/invoices", [get().to(invoices)]);
        resource(cfg, "/organizations/{org_id}/refunds", [post().to(refund)]);
    }

    async fn invoices(allow: Allow<InvoicesRead>) -> HttpResponse {
        response::json(StatusCode::OK, &format!("Invoices of {}", allow.context().org))
    }

    async fn refund(allow: Allow<InvoicesRefund>) -> HttpResponse {
        response::json(StatusCode::CREATED, &format!("Refunded by {}", allow.context().user))
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("BIND").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let bailiwick = Bailiwick::builder()
        .database_url("sqlite:shop.db")
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
        .mail_to_files("outbox")
        .public_url(format!("http://{address}/identity")) // includes the prefix
        .permission::<shop::InvoicesRead>("See invoices", SystemRole::Guest) // guests and all above
        .permission::<shop::InvoicesRefund>("Refund invoices", SystemRole::Admin)
        .start() // migrates, completes the catalogue, starts what runs beside requests
        .await?;
    let server = bailiwick.clone();
    HttpServer::new(move || {
        App::new()
            .configure(server.routes("/identity")) // API and pages of bailiwick
            .configure(server.guarded(shop::routes)) // the shop, behind the same checks
    })
    .bind(address)?
    .run()
    .await?;
    bailiwick.stop().await; // ends sockets, mail and background work, with a deadline
    Ok(())
}
