//! Organisations, who belongs to them, and who owns them.
//!
//! May depend on `kernel` and `rbac` alone; accounts and roles are siblings
//! that it never sees (it knows their ids). Start reading at [`membership`],
//! then [`ownership`] and [`ports`].
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
