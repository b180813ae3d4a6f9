//! The HTTP side: routes, extractors of authority, and responses.
//!
//! **When to use it alone.** To mount the routes on an `App` that you wired yourself. The
//! crate `bailiwick` does both.
//!
//! Depends on `app` and the crates below it, and never on a database. Start reading at [`extract`] (what
//! a handler requires before it runs), then [`problem`] (refusals), [`middleware`] (what happens to
//! every request), [`socket`] (WebSockets), [`pages`] (what pages for people need) and
//! [`mount`](mod@mount) (all of it in an actix application). A handler extracts authority, calls a use
//! case and maps the result:
//!
//! ```
//! use actix_web::HttpResponse;
//! use actix_web::http::StatusCode;
//! use actix_web::web::{ServiceConfig, get};
//! use bailiwick_app::authority::permission::OrgRead;
//! use bailiwick_app::organizations::ReadOrganization;
//! use bailiwick_http::extract::{Allow, Service};
//! use bailiwick_http::problem::Problem;
//! use bailiwick_http::resource;
//! use bailiwick_http::response::json;
//!
//! async fn name(allow: Allow<OrgRead>, app: Service) -> Result<HttpResponse, Problem> {
//!     let org = app.query(&allow, &ReadOrganization).await?;
//!     Ok(json(StatusCode::OK, &org.name))
//! }
//!
//! fn configure(cfg: &mut ServiceConfig) {
//!     resource(cfg, "/organizations/{org_id}/name", [get().to(name)]);
//! }
//! ```

pub mod bodies;
pub mod credentials;
mod docs;
pub mod draining;
pub(crate) mod dto;
pub mod extract;
mod instance;
pub mod metrics;
pub mod middleware;
pub mod mount;
mod mount_path;
pub(crate) mod openapi;
mod operation;
mod own_origin;
pub mod pages;
pub mod prefix;
pub mod problem;
mod read_end;
mod resource;
pub mod response;
pub(crate) mod routes;
pub mod serve;
pub mod settings;
pub mod socket;
mod tcp_timeout;
mod transport;
mod unparsed;

pub use actix_web::web::ServiceConfig;
pub use draining::Draining;
pub use extract::ForwardedHeader;
pub use instance::Instance;
pub use metrics::serve_metrics;
pub use middleware::is_foreign;
pub use mount::{configure, mount, mount_with_pages};
pub use mount_path::MountPath;
pub use openapi::ApiDoc;
pub use pages::{Pages, ShownRefusal, is_page, name_user, page};
pub use prefix::Prefix;
pub use resource::resource;
pub use serve::serve;
pub use settings::{HttpSettings, Network, NetworkError, Protection};
pub use socket::{Hub, SocketSettings};
