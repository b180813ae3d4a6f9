//! Invitations.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError, InviteRepo};
use bailiwick_kernel::TokenHash;
use bailiwick_sql::constraint::{Rule, broken_rule};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{InvitationRow, NewInvitationRow};
use bailiwick_sql::schema::{invitations, organizations, roles};
use bailiwick_sql::types::{Key, SqlTimestamp, optional};
use diesel::result::Error;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper, insert_into, update,
};

use super::backend::Conn;
use super::run::RunQueryDsl;
use super::transaction::Transaction;

/// Status of a pending invitation, expired or not.
pub(super) const PENDING: &str = InvitationStatus::Pending.as_str();

fn invite_error(error: Error) -> InviteError {
    match broken_rule(&error) {
        Some(Rule::OnePending) => InviteError::NotPending,
        Some(Rule::RoleOfOrg) => InviteError::UnknownRole,
        Some(Rule::Reference) => InviteError::NotFound,
        _ => store_error(error).into(),
    }
}

/// Converts an error of an insert. If the database does not name the missing reference, it is looked up.
async fn insert_error(conn: &mut Conn, invitation: &Invitation, error: Error) -> InviteError {
    if broken_rule(&error) != Some(Rule::SomeReference) {
        return invite_error(error);
    }
    match missing_reference(conn, invitation).await {
        Ok(Some(missing)) => missing,
        Ok(None) => invite_error(error),
        Err(error) => invite_error(error),
    }
}

async fn missing_reference(conn: &mut Conn, invitation: &Invitation) -> QueryResult<Option<InviteError>> {
    let org = Key::from(invitation.org_id);
    let orgs: i64 = organizations::table.find(org).count().get_result(conn).await?;
    if orgs == 0 {
        return Ok(Some(InviteError::NotFound));
    }
    let Some(role) = optional::<_, Key>(invitation.role_id) else {
        return Ok(None);
    };
    let role = roles::table.filter(roles::org_id.eq(org)).filter(roles::id.eq(role));
    let roles: i64 = role.count().get_result(conn).await?;
    Ok((roles == 0).then_some(InviteError::UnknownRole))
}

#[async_trait]
impl InviteRepo for Transaction {
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError> {
        let conn = self.conn()?;
        let row = NewInvitationRow::new(invitation, token);
        match insert_into(invitations::table).values(row).execute(conn).await {
            Ok(_) => Ok(()),
            Err(error) => Err(insert_error(conn, invitation, error).await),
        }
    }

    async fn find(&mut self, key: InvitationKey<'_>) -> Result<Option<Invitation>, InviteError> {
        let query = invitations::table.select(InvitationRow::as_select()).into_boxed();
        let query = match key {
            InvitationKey::OfOrg(org, id) => {
                query.filter(invitations::id.eq(Key::from(id))).filter(invitations::org_id.eq(Key::from(org)))
            }
            InvitationKey::To(email, id) => {
                query.filter(invitations::id.eq(Key::from(id))).filter(invitations::email.eq(email.as_str()))
            }
            InvitationKey::Token(hash) => {
                query.filter(invitations::token_hash.eq(hash.as_bytes().as_slice()))
            }
            InvitationKey::Pending(org, email) => query
                .filter(invitations::org_id.eq(Key::from(org)))
                .filter(invitations::email.eq(email.as_str()))
                .filter(invitations::status.eq(PENDING)),
        };
        let row: QueryResult<InvitationRow> = query.first(self.conn()?).await;
        Ok(row.optional().map_err(store_error)?.map(Invitation::try_from).transpose()?)
    }

    async fn close(&mut self, invitation: &Invitation) -> Result<bool, InviteError> {
        let still_pending = invitations::table
            .find(Key::from(invitation.id))
            .filter(invitations::org_id.eq(Key::from(invitation.org_id)))
            .filter(invitations::status.eq(PENDING));
        let state = (
            invitations::status.eq(invitation.state.stored_status().as_str()),
            invitations::settled_at.eq(optional::<_, SqlTimestamp>(invitation.state.closed_at())),
        );
        let closed = update(still_pending).set(state);
        Ok(closed.execute(self.conn()?).await.map_err(store_error)? == 1)
    }
}
