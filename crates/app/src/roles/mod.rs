//! Use cases of roles: define, reorder, assign, and the catalogue of permissions.

mod assign;
mod catalogue;
pub(crate) mod define;
mod reorder;

pub use assign::AssignRole;
pub use catalogue::{AddPermission, AddedPermission, CatalogueScope, ListPermissions};
pub use define::{ChangeRole, CreateRole, DeleteRole, ListRoles, ReadRole};
pub use reorder::ReorderRoles;
