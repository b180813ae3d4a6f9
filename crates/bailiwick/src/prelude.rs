//! What every embedder needs: `use bailiwick::prelude::*`.

pub use bailiwick_app::authority::Permit;
pub use bailiwick_app::permissions;
pub use bailiwick_http::extract::{Allow, Bearer, Body, Member, NoBody, Owner, Platform, Public, Service};
pub use bailiwick_http::problem::Problem;
pub use bailiwick_http::{HttpSettings, ServiceConfig, resource, response};
pub use bailiwick_infra::JwtKeys;
pub use bailiwick_roles::SystemRole;

pub use crate::{Bailiwick, Running};
