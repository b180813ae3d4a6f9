//! Exchange of levels between roles.

use bailiwick_kernel::{RoleId, StoreError};
use bailiwick_roles::{Level, RoleError, level_steps};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::level;
use bailiwick_sql::schema::roles;
use bailiwick_sql::types::Key;
use diesel::{ExpressionMethods, QueryDsl, update};

use super::backend::{self, Conn};
use super::role_error::role_error;
use super::run::RunQueryDsl;

/// Sets the levels one after another, using a free level in between, because both databases check
/// uniqueness after each row. The roles are locked first, so that the plan stays valid.
pub(super) async fn set(conn: &mut Conn, org: Key, wanted: &[(RoleId, Level)]) -> Result<(), RoleError> {
    let present = backend::lock_levels(conn, org).await.map_err(store_error)?;
    let present: Vec<_> = present
        .into_iter()
        .map(|(id, number)| Ok((id.into(), level(number)?)))
        .collect::<Result<_, StoreError>>()?;
    for (id, level) in level_steps(&present, wanted)? {
        let role = roles::table.find(Key::from(id)).filter(roles::org_id.eq(org));
        let step = update(role).set(roles::level.eq(i16::from(level.get())));
        step.execute(conn).await.map_err(role_error)?;
    }
    Ok(())
}
