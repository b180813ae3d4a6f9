//! The extractors of handlers.
//!
//! [`Authorized`] is the extractor of authority: the check and its proof. Two types say what it
//! asks for, [`Check`], and where the organization stands, [`Place`]; the aliases ([`Allow`],
//! [`Member`], [`Owner`], [`Bearer`], [`Platform`] and so on) name the usual pairs. [`Public`] is
//! the decision of routes without a check. Each marks the request as decided; the middleware turns
//! the response of an undecided route into a 500.
//!
//! The order of checks is always credential, account and session, organization, membership,
//! permission. The body comes last: [`Body`], [`NoBody`], [`Form`] and [`BodyStream`] wait for the decision,
//! and [`Unread`] also for the handler. Another reader of the body beside them turns the response
//! into a 500.

mod about_member;
mod accept;
mod authorized;
mod body;
mod body_headers;
mod caller;
mod check;
pub(crate) mod client;
mod deciding;
mod decisions;
mod fields;
mod foreign_reader;
mod form;
mod forwarded;
mod json;
mod optional_member;
mod params;
mod path;
mod place;
mod prefix;
mod public;
mod question;
mod raw_body;
mod scope;
mod service;
mod taken_payload;
mod tree;
mod verified_email;
mod view;

pub use about_member::AboutMember;
pub use accept::{guard_html, prefers_html};
pub use authorized::{
    Allow, Authorized, Bearer, Catalogue, Inquirer, MaybeMember, Member, Owner, Platform, VerifiedBearer,
};
pub use body::{Body, BodyStream, FromBody, NoBody, Unread};
pub(crate) use body_headers::is_announced;
pub use check::Check;
pub use deciding::Deciding;
pub(crate) use decisions::Decided;
pub use fields::{Fault, Fields, Input};
pub(crate) use foreign_reader::misread;
pub use form::Form;
pub use forwarded::ForwardedHeader;
pub use optional_member::OptionalMember;
pub use params::Params;
pub use path::{PathId, WireId};
pub use place::{AlsoBody, ElseBody, Nowhere, PathOrQuery, Place, Where};
pub use public::Public;
pub use question::Question;
pub(crate) use raw_body::{Progress, RawBody};
pub(crate) use scope::{ORG_ID, Scope};
pub use service::Service;
pub(crate) use service::context_of;
pub use tree::Json;
pub use verified_email::VerifiedEmail;
pub use view::View;
