//! A shop with a table, commands, permissions and events of its own.
//!
//! `cargo run -p bailiwick --example shop` serves it; `BIND` is its address. [`invoices`] has the table
//! and the commands, [`routes`] the HTTP side.

use std::net::TcpListener;

use actix_web::{App, HttpServer};
use bailiwick::app::authority::Public;
use bailiwick::prelude::{Bailiwick, JwtKeys, SystemRole};

mod invoices;
mod routes;

use invoices::{CreateTables, InvoicesRead, InvoicesRefund, InvoicesWrite, NO_SUCH_INVOICE, REFUNDED_BEFORE};

/// Serves until SIGTERM or Ctrl-C.
#[actix_web::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bind = std::env::var("BIND").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(bind)?;
    let address = listener.local_addr()?;
    let bailiwick = Bailiwick::builder()
        .database_url("sqlite:shop.db")
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
        .mail_to_files("outbox")
        .public_url(format!("http://{address}/identity"))
        .permission::<InvoicesRead>("See invoices", SystemRole::Guest)
        .permission::<InvoicesWrite>("Write invoices", SystemRole::Member)
        .permission::<InvoicesRefund>("Refund invoices", SystemRole::Admin)
        .refusal(NO_SUCH_INVOICE)
        .refusal(REFUNDED_BEFORE)
        .start()
        .await?;
    // After `start`, because the table refers to tables that it creates.
    bailiwick.app().run(&Public, &CreateTables).await?;
    println!("The shop listens on http://{address}");
    let server = bailiwick.clone();
    HttpServer::new(move || {
        App::new().configure(server.routes("/identity")).configure(server.guarded(routes::routes))
    })
    .shutdown_timeout(5) // seconds that open sockets may take to close
    .listen(listener)?
    .run()
    .await?;
    bailiwick.stop().await;
    Ok(())
}
