//! Roles: named sets of permissions, and the rules of granting them.
//!
//! **When to use it alone.** To decide who may create, change and assign a role, with roles
//! that a program stores by a repository of its own.
//!
//! Depends on `kernel` and `rbac` alone, not on organizations and accounts. Start reading at [`role`],
//! then [`rules`] (the rules of granting), [`order`] (the order of roles) and [`system`] (the four
//! roles that every organization has from its creation). What the product adds is in [`product`].
//!
//! ```
//! use bailiwick_roles::SystemRole;
//!
//! assert!(SystemRole::Owner.level() > SystemRole::Admin.level());
//! ```

pub mod catalogue;
pub mod declared;
pub mod error;
pub mod order;
pub mod ports;
pub mod product;
pub mod role;
pub mod rules;
pub mod system;

pub use catalogue::{CatalogueEntry, ResourceError, built_in_catalogue, check_resource};
pub use declared::{
    DeclarationError, DeclaredPermission, DescriptionError, check_declared_name, check_description,
};
pub use error::RoleError;
pub use order::{RoleOrder, RoleOrderError, level_steps, with_levels_in_order};
pub use ports::{Lacking, RoleRepo};
pub use product::{ProductPermissions, RequiredGrant};
pub use role::{Level, LevelError, Role, RoleDraft};
pub use rules::Holder;
pub use system::SystemRole;
