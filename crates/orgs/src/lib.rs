//! Organizations, their members and owners.
//!
//! **When to use it alone.** To apply the rules of membership and ownership (an organization
//! always has an active owner) to organizations that a program stores by a repository of its
//! own.
//!
//! Depends on `kernel` alone, and not on accounts and roles, of which it knows only the ids.
//! Start reading at [`membership`], then [`ownership`] and [`ports`].
//!
//! ```
//! use bailiwick_orgs::MembershipStatus;
//!
//! assert_eq!(MembershipStatus::parse("active"), Some(MembershipStatus::Active));
//! ```

pub mod error;
pub mod membership;
pub mod organization;
pub mod ownership;
pub mod ports;

pub use error::OrgError;
pub use membership::{EffectiveStatus, Membership, MembershipStatus};
pub use organization::Organization;
pub use ownership::Owners;
pub use ports::OrgRepo;
