//! Invitations.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationStatus, InviteError, InviteRepo};
use bailiwick_kernel::{Email, InvitationId, OrgId, Page, PageRequest, Timestamp, TokenHash};
use diesel::result::Error;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper, insert_into, update,
};
use diesel_async::RunQueryDsl;

use super::backend::Conn;
use super::paging::{rows_wanted, start};
use super::transaction::Transaction;
use crate::constraint::{Rule, broken_rule};
use crate::error::store_error;
use crate::rows::{InvitationRow, NewInvitationRow};
use crate::schema::{invitations, organizations, roles};
use crate::types::{Key, SqlTimestamp, optional};

const PENDING: &str = InvitationStatus::Pending.as_str();

fn invite_error(error: Error) -> InviteError {
    match broken_rule(&error) {
        Some(Rule::OnePending) => InviteError::NotPending,
        Some(Rule::RoleOfOrg) => InviteError::UnknownRole,
        Some(Rule::Reference) => InviteError::NotFound,
        _ => store_error(error).into(),
    }
}

/// Finds the reference of an invitation that is missing, where the database does not name it.
async fn explained(conn: &mut Conn, invitation: &Invitation, error: Error) -> InviteError {
    if broken_rule(&error) != Some(Rule::SomeReference) {
        return invite_error(error);
    }
    match missing(conn, invitation).await {
        Ok(Some(missing)) => missing,
        Ok(None) => invite_error(error),
        Err(error) => invite_error(error),
    }
}

async fn missing(conn: &mut Conn, invitation: &Invitation) -> QueryResult<Option<InviteError>> {
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

fn found(row: QueryResult<InvitationRow>) -> Result<Option<Invitation>, InviteError> {
    let row = row.optional().map_err(store_error)?;
    Ok(row.map(Invitation::try_from).transpose()?)
}

#[async_trait]
impl InviteRepo for Transaction {
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError> {
        let conn = self.conn()?;
        let row = NewInvitationRow::new(invitation, token);
        match insert_into(invitations::table).values(row).execute(conn).await {
            Ok(_) => Ok(()),
            Err(error) => Err(explained(conn, invitation, error).await),
        }
    }

    async fn find(&mut self, org: OrgId, id: InvitationId) -> Result<Option<Invitation>, InviteError> {
        let invitation = invitations::table
            .find(Key::from(id))
            .filter(invitations::org_id.eq(Key::from(org)))
            .select(InvitationRow::as_select());
        found(invitation.first(self.conn()?).await)
    }

    async fn find_addressed(
        &mut self,
        email: &Email,
        id: InvitationId,
    ) -> Result<Option<Invitation>, InviteError> {
        let invitation = invitations::table
            .find(Key::from(id))
            .filter(invitations::email.eq(email.as_str()))
            .select(InvitationRow::as_select());
        found(invitation.first(self.conn()?).await)
    }

    async fn find_by_token(&mut self, token: &TokenHash) -> Result<Option<Invitation>, InviteError> {
        let invitation = invitations::table
            .filter(invitations::token_hash.eq(token.as_bytes().as_slice()))
            .select(InvitationRow::as_select());
        found(invitation.first(self.conn()?).await)
    }

    async fn find_pending(&mut self, org: OrgId, email: &Email) -> Result<Option<Invitation>, InviteError> {
        let invitation = invitations::table
            .filter(invitations::org_id.eq(Key::from(org)))
            .filter(invitations::email.eq(email.as_str()))
            .filter(invitations::status.eq(PENDING))
            .select(InvitationRow::as_select());
        found(invitation.first(self.conn()?).await)
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

    async fn list(
        &mut self,
        org: OrgId,
        status: Option<InvitationStatus>,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Invitation>, InviteError> {
        let now = SqlTimestamp::from(now);
        let mut query = invitations::table
            .filter(invitations::org_id.eq(Key::from(org)))
            .order(invitations::id)
            .limit(rows_wanted(page))
            .select(InvitationRow::as_select())
            .into_boxed();
        if let Some(last) = start(page) {
            query = query.filter(invitations::id.gt(last));
        }
        // `expired` is never stored: it is `pending` after `expires_at`.
        query = match status {
            None => query,
            Some(InvitationStatus::Pending) => {
                query.filter(invitations::status.eq(PENDING)).filter(invitations::expires_at.gt(now))
            }
            Some(InvitationStatus::Expired) => {
                query.filter(invitations::status.eq(PENDING)).filter(invitations::expires_at.le(now))
            }
            Some(settled) => query.filter(invitations::status.eq(settled.as_str())),
        };
        let rows: Vec<InvitationRow> = query.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(Invitation::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(items, page.limit, |invitation: &Invitation| invitation.id.as_uuid()))
    }
}
