//! Failures of statements about roles.

use bailiwick_roles::RoleError;
use diesel::result::Error;

use crate::constraint::{Rule, broken_rule};
use crate::error::store_error;

/// Converts the failure of a statement to the violated rule, if it violates one.
pub(super) fn role_error(error: Error) -> RoleError {
    match broken_rule(&error) {
        Some(Rule::RoleName) => RoleError::NameTaken,
        Some(Rule::RoleLevel) => RoleError::LevelTaken,
        Some(Rule::Reference | Rule::SomeReference) => RoleError::NotFound,
        _ => store_error(error).into(),
    }
}
