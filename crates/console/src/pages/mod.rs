//! The pages, one file for each.

mod accept_invitation;
mod account;
mod confirm_email;
mod confirm_password;
mod console;
mod forgot_password;
mod organization;
mod refusal;
mod reset_password;
mod setup;
mod sign_in;
mod sign_up;
mod start;
mod verify_email;

use actix_web::Route;
use actix_web::guard::fn_guard;
use actix_web::web::{ServiceConfig, get, post};
use bailiwick_http::extract::guard_html;
use bailiwick_http::page;

pub use refusal::{is_shown_at, refused};

/// Mounts the pages.
pub fn configure(cfg: &mut ServiceConfig) {
    start::configure(cfg);
    page(cfg, "/setup/administrator", [get().to(setup::reopen), post().to(setup::send)]);
    page(cfg, "/sign-in", [get().to(sign_in::show), post().to(sign_in::send)]);
    page(cfg, "/sign-out", [get().to(start::show), post().to(sign_in::sign_out)]);
    page(cfg, "/sign-up", [get().to(sign_up::show), post().to(sign_up::send)]);
    page(cfg, "/verify-email", [get().to(verify_email::show), post().to(verify_email::send)]);
    page(cfg, "/resend-verification", [get().to(sign_in::reopen), post().to(verify_email::resend)]);
    page(cfg, "/forgot-password", [get().to(forgot_password::show), post().to(forgot_password::send)]);
    page(cfg, "/reset-password", [get().to(reset_password::show), post().to(reset_password::send)]);
    page(cfg, "/confirm-email", [get().to(confirm_email::show), post().to(confirm_email::send)]);
    page(cfg, "/confirm-password", [get().to(confirm_password::show), post().to(confirm_password::send)]);
    page(cfg, "/account", [get().to(account::show)]);
    page(cfg, "/account/profile", [get().to(account::reopen), post().to(account::change_profile)]);
    page(cfg, "/account/password", [get().to(account::reopen), post().to(account::change_password)]);
    page(cfg, "/account/email", [get().to(account::reopen), post().to(account::change_email)]);
    page(cfg, "/account/sessions", [get().to(account::reopen), post().to(account::end_sessions)]);
    page(cfg, "/account/organizations", [get().to(account::reopen), post().to(account::leave)]);
    page(cfg, "/account/deactivation", [get().to(account::reopen), post().to(account::deactivate)]);
    page(cfg, "/console", [get().to(console::show), post().to(console::send)]);
    page(cfg, "/console/{slug}", [get().to(organization::show)]);
    page(cfg, "/accept-invitation", [get().to(accept_invitation::show), post().to(accept_invitation::send)]);
}

/// Returns the routes of pages at a path of the API, for clients that prefer HTML.
pub fn beside(path: &str) -> Vec<Route> {
    if path == "/setup" { vec![get().guard(fn_guard(guard_html)).to(setup::show)] } else { Vec::new() }
}
