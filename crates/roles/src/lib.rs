//! Roles: what a member may do, and who may hand that out.
//!
//! May depend on `kernel` and `rbac` alone; organizations and accounts are
//! siblings that it never sees. Start reading at [`role`], then [`rules`] (who
//! may grant what to whom), [`order`] (who stands above whom) and [`system`] (the four
//! roles every organization is born with).
//!
//! ```
//! use bailiwick_roles::SystemRole;
//!
//! assert!(SystemRole::Owner.level() > SystemRole::Admin.level());
//! ```

pub mod catalogue;
pub mod error;
pub mod order;
pub mod ports;
pub mod role;
pub mod rules;
pub mod system;

pub use catalogue::{CatalogueEntry, ResourceError, built_in_catalogue, check_resource};
pub use error::RoleError;
pub use order::{RoleOrder, RoleOrderError, level_steps, with_levels_in_order};
pub use ports::RoleRepo;
pub use role::{Level, LevelError, Role, RoleDraft};
pub use rules::Holder;
pub use system::SystemRole;
