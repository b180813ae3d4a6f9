//! `/`: leads to the page after signing in, or to the page to sign in.

use actix_web::guard::fn_guard;
use actix_web::web::{ServiceConfig, get, resource};
use bailiwick_http::extract::{Public, guard_html};

use crate::answer::{Answer, see_other};
use crate::frame::Frame;
use crate::return_to;
use crate::visit::Visit;

/// Mounts the routes. Clients that do not prefer HTML do not find them, as before there were pages.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/").guard(fn_guard(guard_html)).route(get().to(show)));
    cfg.service(resource("").guard(fn_guard(guard_html)).route(get().to(reopen)));
}

/// Leads to `/` from the mount path without a slash at its end.
async fn reopen(_: Public, frame: Frame) -> Answer {
    see_other(frame.at("/"))
}

/// Leads to the first page of the person.
pub async fn show(visit: Visit) -> Answer {
    let frame = &visit.frame;
    match visit.person {
        Some(_) => see_other(return_to::onward_from(frame, "/", None)),
        None => see_other(frame.at("/sign-in")),
    }
}
