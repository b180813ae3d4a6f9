//! `/`: leads to the organizations, or to the page to sign in.

use actix_web::guard::fn_guard;
use actix_web::web::{ServiceConfig, get, resource};
use bailiwick_http::extract::guard_html;

use crate::answer::{Answer, see_other};
use crate::visit::Visit;

/// Mounts the route. Clients that do not prefer HTML do not find it, as before there were pages.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/").guard(fn_guard(guard_html)).route(get().to(show)));
}

/// Leads to the first page of the person.
pub async fn show(visit: Visit) -> Answer {
    let path = if visit.person.is_some() { "/console" } else { "/sign-in" };
    see_other(visit.frame.at(path))
}
