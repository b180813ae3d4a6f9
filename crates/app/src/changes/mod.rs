//! Changes as types: what happened, for the code of an embedding program.
//!
//! Each audited action has a [`ChangeKind`], such as [`MemberJoined`]. A [`Veto`] sees a change before
//! its commit and may refuse it; a [`FeedReader`](crate::feed::FeedReader) gets it after the commit, at
//! least once. Start reading at [`change`], then [`kind`] (the list), then [`veto`].

pub mod change;
pub mod kind;
pub mod veto;

pub use change::Change;
pub use kind::*;
pub use veto::{Veto, Vetoes};
