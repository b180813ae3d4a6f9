//! Deletion of a role that is not in use.

use bailiwick_invites::InvitationStatus;
use bailiwick_orgs::MembershipStatus;
use bailiwick_roles::RoleError;
use bailiwick_sql::constraint::{Rule, broken_rule};
use bailiwick_sql::error::store_error;
use bailiwick_sql::schema::{invitations, memberships, roles};
use bailiwick_sql::types::{Key, SqlTimestamp};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, update};

use super::backend::{self, Conn};
use super::run::RunQueryDsl;

const INVITED: &str = MembershipStatus::Invited.as_str();
const REMOVED: &str = MembershipStatus::Removed.as_str();

/// Deletes a role. It is locked first: a transaction that adds a reference has either committed,
/// and the reference is counted, or waits and then finds no role.
pub(super) async fn delete(conn: &mut Conn, org: Key, role: Key, now: SqlTimestamp) -> Result<(), RoleError> {
    if !backend::lock_role(conn, org, role).await.map_err(store_error)? {
        return Err(RoleError::NotFound);
    }
    let (members, invitations) = count_uses(conn, org, role, now).await.map_err(store_error)?;
    if members + invitations > 0 {
        return Err(RoleError::InUse { members, invitations });
    }
    release(conn, org, role).await.map_err(store_error)?;
    match diesel::delete(roles::table.find(role)).execute(conn).await {
        Ok(_) => Ok(()),
        Err(error) => match broken_rule(&error) {
            Some(Rule::RoleOfOrg | Rule::SomeReference) => {
                Err(RoleError::InUse { members: 1, invitations: 0 })
            }
            _ => Err(store_error(error).into()),
        },
    }
}

/// Counts members and pending invitations. An invited account has a pending invitation; if it is
/// missing, the invited membership is counted instead.
async fn count_uses(conn: &mut Conn, org: Key, role: Key, now: SqlTimestamp) -> QueryResult<(u64, u64)> {
    let holders = memberships::table
        .filter(memberships::org_id.eq(org))
        .filter(memberships::role_id.eq(role))
        .filter(memberships::status.ne(REMOVED));
    let members: i64 = holders.filter(memberships::status.ne(INVITED)).count().get_result(conn).await?;
    let offers: i64 = invitations::table
        .filter(invitations::org_id.eq(org))
        .filter(invitations::role_id.eq(role))
        .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
        .filter(invitations::expires_at.gt(now))
        .count()
        .get_result(conn)
        .await?;
    let open = memberships::invited_until.is_null().or(memberships::invited_until.gt(now));
    let invited: i64 =
        holders.filter(memberships::status.eq(INVITED)).filter(open).count().get_result(conn).await?;
    let count = |rows: i64| u64::try_from(rows).unwrap_or_default();
    Ok((count(members), count(offers.max(invited))))
}

/// Removes the references of former members, expired invitations and closed invitations. No other
/// reference exists then.
async fn release(conn: &mut Conn, org: Key, role: Key) -> QueryResult<()> {
    let offers = invitations::table.filter(invitations::org_id.eq(org)).filter(invitations::role_id.eq(role));
    update(offers).set(invitations::role_id.eq(None::<Key>)).execute(conn).await?;
    let invited = memberships::table
        .filter(memberships::org_id.eq(org))
        .filter(memberships::role_id.eq(role))
        .filter(memberships::status.eq(INVITED));
    // An account whose invitation expired returns to its state before: no membership, or a former
    // one.
    diesel::delete(invited.filter(memberships::joined_at.is_null())).execute(conn).await?;
    let outside = (
        memberships::status.eq(REMOVED),
        memberships::invited_until.eq(None::<SqlTimestamp>),
        memberships::role_id.eq(None::<Key>),
    );
    update(invited).set(outside).execute(conn).await?;
    let former = memberships::table
        .filter(memberships::org_id.eq(org))
        .filter(memberships::role_id.eq(role))
        .filter(memberships::status.eq(REMOVED));
    update(former).set(memberships::role_id.eq(None::<Key>)).execute(conn).await?;
    Ok(())
}
