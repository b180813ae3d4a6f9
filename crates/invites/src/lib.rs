//! Invitations to organizations.
//!
//! **When to use it alone.** To apply the rules of invitations (expiry, acceptance,
//! revocation) to invitations that a program stores by a repository of its own.
//!
//! Depends on `kernel` alone, and not on accounts, organizations and roles. Start reading at
//! [`invitation`], the state machine, then [`ports`].
//!
//! ```
//! use bailiwick_invites::{InvitationState, InvitationStatus};
//!
//! assert_eq!(InvitationState::Pending.stored_status(), InvitationStatus::Pending);
//! ```

pub mod error;
pub mod invitation;
pub mod ports;

pub use error::InviteError;
pub use invitation::{Invitation, InvitationState, InvitationStatus, NewInvitation};
pub use ports::{InvitationKey, InviteRepo};
