//! Authorization: whether a user, in a session, holds a permission in an organization now.
//!
//! [`Authority`] answers checks; [`proof`] has the types of its answers; [`decision`] is the rule
//! itself, used for the first check and for the repeated one inside every writing transaction.

mod actor;
mod as_proof;
pub mod cache;
pub mod decision;
pub mod denial;
mod follow;
mod member_context;
mod missing;
pub mod permission;
pub mod proof;
mod service;

pub use actor::Actor;
pub use as_proof::AsProof;
pub use cache::AuthorityCache;
pub use denial::Denial;
pub use member_context::MemberContext;
pub use missing::{Missing, RoleNames};
pub(crate) use missing::{granting, require};
pub use permission::Permit;
pub use proof::{
    ActiveMember, Allow, Authenticated, CatalogueWriter, OrgOwner, PlatformAdmin, Proof, Public,
};
pub use service::Authority;
