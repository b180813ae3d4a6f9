//! Use cases of roles: define, reorder, assign, the catalogue of permissions, and the permissions of the
//! product at the start.

mod assign;
mod catalogue;
pub(crate) mod define;
mod product;
mod reorder;

pub use assign::AssignRole;
pub use catalogue::{AddPermission, AddedPermission, CatalogueScope, ListPermissions};
pub use define::{ChangeRole, CreateRole, DeleteRole, ListRoles, ReadRole};
pub use reorder::ReorderRoles;
