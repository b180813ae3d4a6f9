//! What handlers ask for.
//!
//! An extractor of authority is the decision and its proof: [`Public`],
//! [`Bearer`], [`Allow`], [`Member`], [`Owner`], [`AllowByBody`],
//! [`AllowElseByBody`], [`Catalogue`], [`Platform`]
//! [`VerifiedBearer`] and [`MaybeMember`]. Each marks the request as decided; the edge turns an
//! answer to an undecided request into a 500. The order of checks is always
//! credential, account and session, organization, membership, permission; a body
//! ([`Body`]) is read only when the handler asks for it, which is after all of
//! them.

mod accept;
mod allow;
mod bearer;
mod body;
mod by_body;
mod caller;
pub(crate) mod client;
mod decision;
mod fields;
mod forwarded;
mod json;
mod params;
mod path;
mod platform;
mod public;
mod raw_body;
mod scope;
mod service;
mod tree;
mod view;

pub use accept::prefers_html;
pub use allow::{Allow, Member, Owner};
pub use bearer::{Bearer, MaybeMember, VerifiedBearer};
pub use body::{Body, NoBody};
pub use by_body::{AllowByBody, AllowElseByBody, AskByBody, Catalogue};
pub(crate) use decision::Decided;
pub use decision::Deciding;
pub use fields::{Fault, Fields, Input};
pub use forwarded::ForwardedHeader;
pub use params::Params;
pub use path::{PathId, WireId};
pub use platform::Platform;
pub use public::Public;
pub(crate) use raw_body::{Progress, RawBody};
pub(crate) use scope::{ORG_ID, Scope};
pub use service::Service;
pub(crate) use service::context_of;
pub use tree::Json;
pub use view::View;
