//! A shop on axum, whose accounts, organizations and roles are those of bailiwick, without its HTTP side:
//! the routes are the shop's own, and call the use cases.
//!
//! `cargo run --manifest-path examples/axum/Cargo.toml`, then for example:
//!
//! ```text
//! curl http://127.0.0.1:8080/sign-up -H 'Content-Type: application/json' \
//!     -d '{"email": "ada@example.com", "password": "correct horse battery", "first_name": "Ada"}'
//! ```

mod accounts;
mod bridge;
mod organizations;

use std::net::SocketAddr;

use axum::extract::Path;
use axum::middleware::map_response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bailiwick::kernel::OrgId;
use bailiwick::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use bridge::{Caller, Refusal};

permissions! {
    /// May see invoices.
    InvoicesRead = "invoices:read";
}

fn routes() -> Router<Running> {
    Router::new()
        .route("/sign-up", post(accounts::sign_up))
        .route("/login", post(accounts::log_in))
        .route("/refresh", post(accounts::refresh))
        .route("/logout", post(accounts::log_out))
        .route("/me", get(accounts::me))
        .route("/organizations", post(organizations::create))
        .route("/organizations/{org}/members", get(organizations::members))
        .route("/organizations/{org}/members/{user}/role", put(organizations::assign_role))
        .route("/organizations/{org}/roles", get(organizations::roles))
        .route("/organizations/{org}/invitations", post(organizations::invite))
        .route("/organizations/{org}/why/{permission}", get(organizations::why))
        .route("/organizations/{org}/invoices", get(invoices))
        .route("/invitations/accept", post(organizations::accept))
        .layer(map_response(bridge::as_problem))
}

/// A route of the shop. The proof of the permission says who asks, and for which organization.
async fn invoices(caller: Caller, Path(org): Path<OrgId>) -> Result<Json<Value>, Refusal> {
    let allow = caller.holds(org, InvoicesRead).await?;
    Ok(Json(json!({ "invoices_of": allow.context().org, "role": allow.context().role.name })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let setting = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let listener = TcpListener::bind(setting("BIND", "127.0.0.1:8080")).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let bailiwick = Bailiwick::builder()
        .database_url(setting("DATABASE_URL", "sqlite:shop.db"))
        .jwt(JwtKeys::hs256(b"at least 32 bytes that nobody knows")?)
        .mail_to_files("outbox")
        .public_url(&url) // links in mails begin with it
        .permission::<InvoicesRead>("See invoices", SystemRole::Guest) // guests and all above
        .start() // migrates, completes the catalogue, starts what runs beside requests
        .await?;
    println!("The shop listens on {url}");
    let app = routes().with_state(bailiwick.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { _ = tokio::signal::ctrl_c().await };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    bailiwick.stop().await; // ends mail and background work, with a deadline
    Ok(())
}
