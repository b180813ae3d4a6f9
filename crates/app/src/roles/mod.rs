//! Use cases of roles: define, assign, and the catalogue of permissions.

mod assign;
mod catalogue;
pub(crate) mod define;

pub use assign::AssignRole;
pub use catalogue::{AddPermission, AddedPermission, CatalogueScope, ListPermissions};
pub use define::{ChangeRole, CreateRole, DeleteRole, ListRoles, ReadRole};
