//! Invitations.

use async_trait::async_trait;
use bailiwick_invites::{Invitation, InvitationKey, InvitationState, InviteError, InviteRepo};
use bailiwick_kernel::{Email, OrgId, TokenHash};

use super::state::{State, StoredInvitation};
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

    async fn find(&mut self, key: InvitationKey<'_>) -> Result<Option<Invitation>, InviteError> {
        let any_tenant = self.has(Flaw::MissingTenantFilter);
        let state = self.seen();
        let by_id = |id| state.invitations.get(&id).map(|stored| &stored.invitation);
        Ok(match key {
            InvitationKey::OfOrg(org, id) => by_id(id).filter(|found| any_tenant || found.org_id == org),
            InvitationKey::To(email, id) => by_id(id).filter(|found| any_tenant || found.email == *email),
            InvitationKey::Token(token) => state
                .invitations
                .values()
                .find(|stored| stored.token == *token)
                .map(|stored| &stored.invitation),
            InvitationKey::Pending(org, email) => pending(state, org, email),
        }
        .cloned())
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
}

fn of(state: &State, org: OrgId) -> impl Iterator<Item = &Invitation> {
    let all = state.invitations.values().map(|stored| &stored.invitation);
    all.filter(move |invitation| invitation.org_id == org)
}

fn pending<'a>(state: &'a State, org: OrgId, email: &Email) -> Option<&'a Invitation> {
    of(state, org)
        .find(|invitation| invitation.state == InvitationState::Pending && invitation.email == *email)
}
