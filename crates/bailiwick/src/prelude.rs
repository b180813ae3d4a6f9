//! What every embedder needs: `use bailiwick::prelude::*`.

pub use bailiwick_app::authority::Permit;
pub use bailiwick_app::changes::{self, Change, ChangeKind, Veto};
pub use bailiwick_app::feed::FeedReader;
pub use bailiwick_app::{Command, Error, OwnRefusal, Query, Tx, Work, permissions};
#[cfg(feature = "http")]
pub use bailiwick_http::{
    HttpSettings, ServiceConfig,
    extract::{Allow, Bearer, Body, Member, NoBody, Owner, Platform, Public, Service},
    resource, response,
};
pub use bailiwick_infra::JwtKeys;
pub use bailiwick_problems::Problem;
pub use bailiwick_roles::SystemRole;

pub use crate::{Bailiwick, Running};
