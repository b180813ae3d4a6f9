//! Invitations.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationState, InvitationStatus, InviteError, InviteRepo};
use bailiwick_kernel::{Email, InvitationId, OrgId, Page, PageRequest, Timestamp, TokenHash};

use super::state::{State, StoredInvitation, page_of};
use super::{Flaw, MemoryTx};

#[async_trait]
impl InviteRepo for MemoryTx {
    async fn insert(&mut self, invitation: &Invitation, token: &TokenHash) -> Result<(), InviteError> {
        let state = self.seen();
        if !state.orgs.contains_key(&invitation.org_id) {
            return Err(InviteError::NotFound);
        }
        if pending(state, invitation.org_id, &invitation.email).is_some() {
            return Err(InviteError::NotPending);
        }
        if !state.may_refer_to(invitation.org_id, invitation.role_id) {
            return Err(InviteError::UnknownRole);
        }
        let stored = StoredInvitation { invitation: invitation.clone(), token: *token };
        self.changed().await?.invitations.insert(invitation.id, stored);
        Ok(())
    }

    async fn find(&mut self, org: OrgId, id: InvitationId) -> Result<Option<Invitation>, InviteError> {
        let found = self.seen().invitations.get(&id).map(|stored| &stored.invitation);
        if self.has(Flaw::MissingTenantFilter) {
            return Ok(found.cloned());
        }
        Ok(found.filter(|invitation| invitation.org_id == org).cloned())
    }

    async fn find_addressed(
        &mut self,
        email: &Email,
        id: InvitationId,
    ) -> Result<Option<Invitation>, InviteError> {
        let found = self.seen().invitations.get(&id).map(|stored| &stored.invitation);
        if self.has(Flaw::MissingTenantFilter) {
            return Ok(found.cloned());
        }
        Ok(found.filter(|invitation| invitation.email == *email).cloned())
    }

    async fn find_by_token(&mut self, token: &TokenHash) -> Result<Option<Invitation>, InviteError> {
        let found = self.seen().invitations.values().find(|stored| stored.token == *token);
        Ok(found.map(|stored| stored.invitation.clone()))
    }

    async fn find_pending(&mut self, org: OrgId, email: &Email) -> Result<Option<Invitation>, InviteError> {
        Ok(pending(self.seen(), org, email).cloned())
    }

    async fn close(&mut self, invitation: &Invitation) -> Result<bool, InviteError> {
        let stored = self.seen().invitations.get(&invitation.id);
        let is_pending = stored.is_some_and(|stored| stored.invitation.state == InvitationState::Pending);
        if !is_pending {
            return Ok(false);
        }
        if self.has(Flaw::SelectThenUpdate) {
            self.let_others_in().await;
        }
        if let Some(stored) = self.changed().await?.invitations.get_mut(&invitation.id) {
            stored.invitation.state = invitation.state;
        }
        Ok(true)
    }

    async fn list(
        &mut self,
        org: OrgId,
        status: Option<InvitationStatus>,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Invitation>, InviteError> {
        let listed = of(self.seen(), org)
            .filter(|invitation| status.is_none_or(|status| invitation.status(now) == status));
        Ok(page_of(listed.cloned(), page, |invitation| invitation.id.as_uuid()))
    }
}

fn of(state: &State, org: OrgId) -> impl Iterator<Item = &Invitation> {
    let all = state.invitations.values().map(|stored| &stored.invitation);
    all.filter(move |invitation| invitation.org_id == org)
}

fn pending<'a>(state: &'a State, org: OrgId, email: &Email) -> Option<&'a Invitation> {
    of(state, org)
        .find(|invitation| invitation.state == InvitationState::Pending && invitation.email == *email)
}
