//! `/`: leads to the page to sign in.

use actix_web::guard::fn_guard;
use actix_web::web::{ServiceConfig, get, resource};
use bailiwick_http::extract::{Public, guard_html};

use crate::answer::{Answer, see_other};
use crate::frame::Frame;

/// Mounts the route. Clients that do not prefer HTML do not find it, as before there were pages.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/").guard(fn_guard(guard_html)).route(get().to(show)));
}

async fn show(_: Public, frame: Frame) -> Answer {
    see_other(frame.at("/sign-in"))
}
