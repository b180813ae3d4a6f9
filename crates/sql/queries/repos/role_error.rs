//! Failures of statements about roles.

use bailiwick_roles::RoleError;
use bailiwick_sql::constraint::{Rule, broken_rule};
use bailiwick_sql::error::store_error;
use diesel::result::Error;

/// Converts the failure of a statement to the violated rule, if it violates one.
pub(super) fn role_error(error: Error) -> RoleError {
    match broken_rule(&error) {
        Some(Rule::RoleName) => RoleError::NameTaken,
        Some(Rule::RoleLevel) => RoleError::LevelTaken,
        Some(Rule::Reference | Rule::SomeReference) => RoleError::NotFound,
        _ => store_error(error).into(),
    }
}
