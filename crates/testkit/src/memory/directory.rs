//! Lists that join several nouns.

use async_trait::async_trait;
use bailiwick_app::invitations::InvitationRecord;
use bailiwick_app::{DirectoryRepo, MemberFilter, MemberRecord, OrgWithRole, RoleRef};
use bailiwick_invites::InvitationStatus;
use bailiwick_kernel::{
    Email, OrgId, Page, PageRequest, RoleId, StoreError, Timestamp, UserId, folded, trimmed,
};
use bailiwick_orgs::{EffectiveStatus, Membership, MembershipStatus};
use bailiwick_users::{User, UserStatus};

use super::MemoryTx;
use super::state::{State, page_of};

#[async_trait]
impl DirectoryRepo for MemoryTx {
    async fn find_member(&mut self, org: OrgId, user: UserId) -> Result<Option<MemberRecord>, StoreError> {
        let state = self.seen();
        Ok(state.membership(org, user).and_then(|membership| record(state, membership)))
    }

    async fn list_memberships(&mut self, user: UserId) -> Result<Vec<MemberRecord>, StoreError> {
        let state = self.seen();
        let own = state.memberships.values().filter(|membership| membership.user_id == user);
        let existing = own.filter(|membership| state.org(membership.org_id).is_some());
        Ok(existing.filter_map(|membership| record(state, membership)).collect())
    }

    async fn list_members(
        &mut self,
        org: OrgId,
        filter: &MemberFilter,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError> {
        let state = self.seen();
        let listed = state
            .memberships_of(org)
            .filter(|membership| is_listed(membership, filter, now))
            .filter_map(|membership| record(state, membership))
            .filter(|record| filter.search.as_deref().is_none_or(|part| is_about(&record.user, part)));
        Ok(page_of(listed, page, |record| record.user.id.as_uuid()))
    }

    async fn list_active_in_roles(
        &mut self,
        org: OrgId,
        roles: &[RoleId],
        page: PageRequest,
    ) -> Result<Page<MemberRecord>, StoreError> {
        let state = self.seen();
        let listed = state
            .memberships_of(org)
            .filter(|membership| membership.status == MembershipStatus::Active)
            .filter(|membership| membership.role_id.is_some_and(|role| roles.contains(&role)))
            .filter_map(|membership| record(state, membership))
            .filter(|record| record.user.status == UserStatus::Active);
        Ok(page_of(listed, page, |record| record.user.id.as_uuid()))
    }

    async fn list_organizations(
        &mut self,
        user: UserId,
        page: Option<PageRequest>,
    ) -> Result<Page<OrgWithRole>, StoreError> {
        let state = self.seen();
        let listed = state.memberships.values().filter_map(|membership| {
            let active = membership.user_id == user && membership.status == MembershipStatus::Active;
            let org = state.org(membership.org_id).filter(|_| active)?;
            Some(OrgWithRole { org: org.clone(), role: role_ref(state, org.id, membership.role_id)? })
        });
        Ok(match page {
            Some(page) => page_of(listed, page, |item| item.org.id.as_uuid()),
            None => Page { items: listed.collect(), next: None },
        })
    }

    async fn list_received_invitations(
        &mut self,
        email: &Email,
        now: Timestamp,
    ) -> Result<Vec<InvitationRecord>, StoreError> {
        let state = self.seen();
        let invitations = state.invitations.values().map(|stored| &stored.invitation);
        let received = invitations.filter(|invitation| invitation.email == *email).filter_map(|invitation| {
            let org = state.org(invitation.org_id)?;
            let status =
                Some(invitation.status(now)).filter(|status| *status == InvitationStatus::Pending)?;
            Some(InvitationRecord {
                invitation: invitation.clone(),
                status,
                organization: org.name.clone(),
                role: role_ref(state, org.id, invitation.role_id),
            })
        });
        Ok(received.collect())
    }
}

fn is_listed(membership: &Membership, filter: &MemberFilter, now: Timestamp) -> bool {
    let status = match membership.effective_status(now) {
        EffectiveStatus::None => return false,
        EffectiveStatus::As(status) => status,
    };
    let wanted = filter.status.map_or(status != MembershipStatus::Removed, |wanted| status == wanted);
    wanted && filter.role_id.is_none_or(|role| membership.role_id == Some(role))
}

pub(super) fn is_about(user: &User, part: &str) -> bool {
    // The full name holds both names.
    holds_part(user.email.as_str(), part) || holds_part(&user.full_name(), part)
}

/// Whether the text contains what is searched for. Marks alone are in no folded text.
pub(super) fn holds_part(text: &str, part: &str) -> bool {
    let wanted = folded(part);
    (!wanted.is_empty() || trimmed(part).is_empty()) && folded(text).contains(&wanted)
}

fn record(state: &State, membership: &Membership) -> Option<MemberRecord> {
    Some(MemberRecord {
        user: state.users.get(&membership.user_id)?.clone(),
        membership: membership.clone(),
        role: role_ref(state, membership.org_id, membership.role_id),
    })
}

fn role_ref(state: &State, org: OrgId, role: Option<RoleId>) -> Option<RoleRef> {
    let role = state.role_of(org, role?)?;
    Some(RoleRef { id: role.id, name: role.name.to_string(), level: role.level })
}
